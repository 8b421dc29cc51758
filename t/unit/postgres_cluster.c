/* SPDX-License-Identifier: Apache-2.0 */
#include "postgres_cluster.h"

#include <fcntl.h>
#include <glob.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATH_BYTES = 512 };

static char bin[PATH_BYTES - 64]; /* where PostgreSQL's programs are */
static char home[PATH_BYTES - 64];
static pid_t postmaster = -1;

/* PostgreSQL refuses to run as root. */
static void drop_root(void)
{
    const struct passwd *pw = getpwnam("postgres");

    pw = pw ? pw : getpwnam("nobody");
    if (geteuid() == 0 && (!pw || setgroups(0, NULL) || setgid(pw->pw_gid) || setuid(pw->pw_uid))) {
        _exit(126);
    }
}

static pid_t spawn(const char *program, char *argv[])
{
    char path[PATH_BYTES];
    pid_t pid;

    snprintf(path, sizeof(path), "%s/%s", bin, program);
    pid = fork();
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);

        /* The tree may stand where only root may look. */
        if (chdir("/")) {
            _exit(126);
        }
        drop_root();
        /* No server is left behind when the test dies. */
        prctl(PR_SET_PDEATHSIG, SIGQUIT);
        dup2(null, 0);
        dup2(null, 1);
        dup2(null, 2);
        /* PostgreSQL finds its other programs beside the name it is called by. */
        argv[0] = path;
        execv(path, argv);
        _exit(127);
    }
    return pid;
}

static int wait_for(pid_t pid)
{
    int status = -1;

    return pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status)
                                                                           : -1;
}

static int find_programs(void)
{
    static const char *const places[] = {"/usr/lib/postgresql/*/bin/initdb",
                                         "/usr/pgsql-*/bin/initdb", "/usr/local/*/bin/initdb",
                                         "/usr/*bin/initdb"};

    for (size_t i = 0; !*bin && i < sizeof(places) / sizeof(places[0]); i++) {
        glob_t found;

        if (glob(places[i], 0, NULL, &found) == 0) {
            snprintf(bin, sizeof(bin), "%s", found.gl_pathv[found.gl_pathc - 1]);
            *strrchr(bin, '/') = '\0';
        }
        globfree(&found);
    }
    return *bin != '\0';
}

/* The file appears when connections are taken, and says so in its eighth line. */
static int is_ready(void)
{
    char path[PATH_BYTES], text[PATH_BYTES] = "";
    FILE *f;

    snprintf(path, sizeof(path), "%s/data/postmaster.pid", home);
    f = fopen(path, "r");
    if (f) {
        text[fread(text, 1, sizeof(text) - 1, f)] = '\0';
        fclose(f);
    }
    return strstr(text, "\nready") != NULL;
}

int cluster_start(void)
{
    char data[PATH_BYTES], sockets[PATH_BYTES];
    char *argv[] = {"postgres",
                    "-D",
                    data,
                    "-c",
                    sockets,
                    "-c",
                    "listen_addresses=",
                    "-c",
                    "fsync=off",
                    "-c",
                    "max_connections=100",
                    "-c",
                    "statement_timeout=60s",
                    NULL};

    snprintf(data, sizeof(data), "%s/data", home);
    snprintf(sockets, sizeof(sockets), "unix_socket_directories=%s", home);
    postmaster = spawn("postgres", argv);
    for (int i = 0; i < 1000 && !is_ready(); i++) {
        usleep(20 * 1000);
    }
    return is_ready();
}

void cluster_stop(int sig)
{
    if (postmaster > 0) {
        kill(postmaster, sig);
        wait_for(postmaster);
        postmaster = -1;
    }
}

const char *cluster_make(const char *directory)
{
    char data[PATH_BYTES];
    char *argv[] = {"initdb", "-D", data,   "-U",        "postgres", "-A",
                    "trust",  "-E", "UTF8", "--no-sync", NULL};

    if (!find_programs()) {
        return NULL;
    }
    snprintf(home, sizeof(home), "%s/pg", directory);
    snprintf(data, sizeof(data), "%s/data", home);
    if (mkdir(home, 0700) || chmod(directory, 0711)) {
        abort();
    }
    if (geteuid() == 0) {
        const struct passwd *pw = getpwnam("postgres");

        pw = pw ? pw : getpwnam("nobody");
        if (!pw || chown(home, pw->pw_uid, pw->pw_gid)) {
            abort();
        }
    }
    if (wait_for(spawn("initdb", argv)) != 0 || !cluster_start()) {
        fprintf(stderr, "PostgreSQL is installed and does not start\n");
        abort();
    }
    return home;
}
