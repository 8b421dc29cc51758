/* SPDX-License-Identifier: Apache-2.0 */
/* Events, and their lines in the audit log. */
#include "token_support.h"

#include "base/event.h"

static const char *text_of(json_object *object, const char *name)
{
    json_object *value = NULL;

    json_object_object_get_ex(object, name, &value);
    return value ? json_object_get_string(value) : NULL;
}

/* One line of ASCII without control characters, and a JSON object. */
static json_object *parse_line(const char *line)
{
    apr_size_t len = strlen(line);
    json_object *json;

    assert_in_range(len, 2, AS_EVENT_LINE_MAX);
    assert_int_equal(line[len - 1], '\n');
    for (apr_size_t i = 0; i < len - 1; i++) {
        assert_in_range((unsigned char)line[i], 0x20, 0x7e);
    }
    json = json_tokener_parse(line);
    assert_true(json_object_is_type(json, json_type_object));
    return json;
}

static void a_line_has_the_members_that_are_set(void **state)
{
    const as_event_t event = {
        .kind = AS_EVENT_LOGIN,
        .account = "a1",
        .address = "2001:db8::1",
        .request = "r1",
        .host = "example.org",
        .session = "s1",
        .number = "+447700900123",
    };

    assert_string_equal(
        as_event_format(*state, &event, 1764148260000000),
        "{\"time\":\"2025-11-26T09:11:00.000Z\",\"event\":\"login\",\"outcome\":\"success\","
        "\"account\":\"a1\",\"address\":\"2001:db8::1\",\"request\":\"r1\",\"host\":\"example."
        "org\","
        "\"detail\":{\"session\":\"s1\",\"number\":\"+44*******123\"}}\n");
    assert_string_equal(
        as_event_format(*state, &(as_event_t){.kind = AS_EVENT_START, .code = "x"}, 0),
        "{\"time\":\"1970-01-01T00:00:00.000Z\",\"event\":\"start\",\"outcome\":\"failure\","
        "\"code\":\"x\"}\n");
}

static void hostile_texts_stay_inside_their_member(void **state)
{
    static const struct {
        const char *text, *read;
    } cases[] = {
        {"a\r\n[error] forged", "a\r\n[error] forged"},
        {"\",\"admin\":\"1", "\",\"admin\":\"1"},
        {"\\", "\\"},
        {"\x1b[2J\x7f", "\x1b[2J\x7f"},
        {"\xe2\x80\xae\xe2\x98\x8e\xf0\x9f\x98\x80", "\xe2\x80\xae\xe2\x98\x8e\xf0\x9f\x98\x80"},
        {"\xff\xc0\x80\xed\xa0\x80z\xf0\x9f", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\xef"
                                              "\xbf\xbd\xef\xbf\xbdz\xef\xbf\xbd\xef\xbf\xbd"},
        {"", ""},
    };

    for (apr_size_t i = 0; i < COUNT(cases); i++) {
        const as_event_t event = {.kind = AS_EVENT_LOGIN, .address = cases[i].text, .host = "h"};
        json_object *json = parse_line(as_event_format(*state, &event, 0));

        assert_string_equal(text_of(json, "address"), cases[i].read);
        assert_string_equal(text_of(json, "host"), "h");
        assert_null(text_of(json, "admin"));
        json_object_put(json);
    }
}

/* Any bytes in every member, and as long as can be. */
static void any_bytes_make_one_valid_line(void **state)
{
    unsigned seed = 1;
    char text[600];

    for (int round = 0; round < 2000; round++) {
        as_event_t event = {.kind = AS_EVENT_REGISTER};
        json_object *json;

        for (apr_size_t i = 0; i < sizeof(text) - 1; i++) {
            seed = seed * 1103515245 + 12345;
            text[i] =
                round % 2 ? "\xf0\x9f\x98\x80"[seed >> 16 & 3] : (char)(1 + (seed >> 16) % 255);
        }
        text[round % (int)sizeof(text)] = '\0';
        event.code = event.account = event.address = event.request = event.host = text;
#define FILL(name) event.name = text;
        AS_EVENT_DETAILS(FILL)
#undef FILL
        json = parse_line(as_event_format(*state, &event, 0));
        assert_string_equal(text_of(json, "event"), "register");
        json_object_put(json);
        apr_pool_clear(*state);
    }
    memset(text, '\n', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    json_object_put(parse_line(as_event_format(
        *state, &(as_event_t){.kind = AS_EVENT_LOGIN, .account = text, .host = text}, 0)));
}

static void receive(void *ctx, apr_pool_t *p, const as_event_t *event)
{
    (void)p;
    *(int *)ctx += (int)event->kind;
}

static void every_sink_receives_an_event(void **state)
{
    as_event_sinks_t sinks = {.count = 0};
    int sum = 0;

    as_event_raise(&sinks, *state, &(as_event_t){.kind = AS_EVENT_LOGIN});
    for (int i = 0; i < AS_EVENT_SINKS_MAX; i++) {
        assert_int_equal(as_event_add_sink(&sinks, receive, &sum), APR_SUCCESS);
    }
    assert_int_equal(as_event_add_sink(&sinks, receive, &sum), APR_ENOSPC);
    as_event_raise(&sinks, *state, &(as_event_t){.kind = AS_EVENT_LOGIN});
    assert_int_equal(sum, AS_EVENT_SINKS_MAX * AS_EVENT_LOGIN);
    as_event_raise(&sinks, *state, &(as_event_t){.kind = AS_EVENT_NONE});
    assert_int_equal(sum, AS_EVENT_SINKS_MAX * AS_EVENT_LOGIN);
    assert_null(as_event_name(AS_EVENT_NONE));
    assert_string_equal(as_event_name(AS_EVENT_START), "start");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        POOL_TEST(a_line_has_the_members_that_are_set),
        POOL_TEST(hostile_texts_stay_inside_their_member),
        POOL_TEST(any_bytes_make_one_valid_line),
        POOL_TEST(every_sink_receives_an_event),
    };

    return cmocka_run_group_tests(tests, apr_up, apr_down);
}
