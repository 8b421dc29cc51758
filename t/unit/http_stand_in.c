/* SPDX-License-Identifier: Apache-2.0 */
#include "http_stand_in.h"

#include <apr_strings.h>

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { REQUESTS_MAX = 256, REQUEST_BYTES = 16384 };

struct stand_in_t {
    const stand_in_step_t *steps;
    int listener, stop[2];
    const char *url;
    pthread_t thread;
    pthread_mutex_t lock;
    int connections, count;
    char *requests[REQUESTS_MAX];
};

/* Which of the two can be read, waiting `wait` ms: 0, 1, or -1 (neither); at the end of the test
 * -2. */
static int readable(const stand_in_t *s, int first, int second, int wait)
{
    struct pollfd fds[] = {{s->stop[0], POLLIN, 0}, {first, POLLIN, 0}, {second, POLLIN, 0}};
    int ready = poll(fds, second < 0 ? 2 : 3, wait);

    if (fds[0].revents) {
        return -2;
    }
    if (ready <= 0) {
        return -1;
    }
    return fds[1].revents ? 0 : 1;
}

static int is_whole(const char *text)
{
    const char *head = strstr(text, "\r\n\r\n");
    const char *length = strstr(text, "Content-Length: ");

    return head &&
           strlen(head + 4) >= (length && length < head ? strtoul(length + 16, NULL, 10) : 0);
}

/* A request from the connection, unless another connection comes first. */
static char *read_request(const stand_in_t *s, int fd)
{
    char *text = calloc(1, REQUEST_BYTES);
    size_t len = 0;

    while (!is_whole(text)) {
        ssize_t n = readable(s, fd, s->listener, -1) == 0
                        ? read(fd, text + len, REQUEST_BYTES - 1 - len)
                        : 0;

        if (n <= 0) {
            free(text);
            return NULL;
        }
        len += (size_t)n;
    }
    return text;
}

static int say(int fd, const char *text, size_t len)
{
    return send(fd, text, len, MSG_NOSIGNAL) == (ssize_t)len;
}

/* Until the other side or the test has had enough. */
static void repeat(const stand_in_t *s, int fd, const stand_in_step_t *step)
{
    size_t len = strlen(step->say);
    int drip = step->then == STAND_IN_DRIP;

    for (size_t i = 0; readable(s, fd, -1, drip ? 20 : 0) == -1; i++) {
        if (!(drip ? say(fd, step->say + i % len, 1) : say(fd, step->say, len))) {
            return;
        }
    }
}

/* Is there to be another request on this connection? */
static int act(stand_in_t *s, int fd, const stand_in_step_t *step)
{
    const struct linger at_once = {1, 0};

    if (step->then != STAND_IN_DRIP) {
        say(fd, step->say, strlen(step->say));
    }
    switch (step->then) {
    case STAND_IN_RESET:
        setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        break;
    case STAND_IN_HANG:
        readable(s, fd, -1, -1);
        break;
    case STAND_IN_DRIP:
    case STAND_IN_FLOOD:
        repeat(s, fd, step);
        break;
    default:
        break;
    }
    return step->then == STAND_IN_KEEP;
}

static void serve(stand_in_t *s, int fd)
{
    static const stand_in_step_t over = {"", STAND_IN_CLOSE};
    const stand_in_step_t *step;
    char *request;

    do {
        request = read_request(s, fd);
        if (!request) {
            break;
        }
        pthread_mutex_lock(&s->lock);
        step = s->steps->say ? s->steps++ : &over;
        s->requests[s->count++] = request;
        pthread_mutex_unlock(&s->lock);
    } while (s->count < REQUESTS_MAX && act(s, fd, step));
    close(fd);
}

static void *run(void *data)
{
    stand_in_t *s = data;

    while (readable(s, s->listener, -1, -1) == 0) {
        int fd = accept(s->listener, NULL, NULL);

        pthread_mutex_lock(&s->lock);
        s->connections++;
        pthread_mutex_unlock(&s->lock);
        serve(s, fd);
    }
    return NULL;
}

static apr_status_t stop(void *data)
{
    stand_in_t *s = data;

    close(s->stop[1]);
    pthread_join(s->thread, NULL);
    close(s->stop[0]);
    close(s->listener);
    while (s->count) {
        free(s->requests[--s->count]);
    }
    return APR_SUCCESS;
}

stand_in_t *stand_in_start(apr_pool_t *p, const stand_in_step_t *steps)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t len = sizeof(address);
    stand_in_t *s = apr_pcalloc(p, sizeof(*s));

    s->steps = steps;
    s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    pthread_mutex_init(&s->lock, NULL);
    if (bind(s->listener, (struct sockaddr *)&address, len) != 0 || listen(s->listener, 16) != 0 ||
        getsockname(s->listener, (struct sockaddr *)&address, &len) != 0 || pipe(s->stop) != 0 ||
        pthread_create(&s->thread, NULL, run, s) != 0) {
        abort();
    }
    s->url = apr_psprintf(p, "http://127.0.0.1:%d", ntohs(address.sin_port));
    apr_pool_cleanup_register(p, s, stop, apr_pool_cleanup_null);
    return s;
}

const char *stand_in_url(const stand_in_t *s)
{
    return s->url;
}

const char *stand_in_request(stand_in_t *s, int i)
{
    const char *request;

    pthread_mutex_lock(&s->lock);
    request = i < s->count ? s->requests[i] : NULL;
    pthread_mutex_unlock(&s->lock);
    return request;
}

int stand_in_connections(stand_in_t *s)
{
    int n;

    pthread_mutex_lock(&s->lock);
    n = s->connections;
    pthread_mutex_unlock(&s->lock);
    return n;
}

const char *stand_in_answer(apr_pool_t *p, int status, const char *headers, const char *body)
{
    return apr_psprintf(p, "HTTP/1.1 %d X\r\n%sContent-Length: %" APR_SIZE_T_FMT "\r\n\r\n%s",
                        status, headers, strlen(body), body);
}
