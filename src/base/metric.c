/* SPDX-License-Identifier: Apache-2.0 */
#include "base/metric.h"

#include <apr_strings.h>

#include <string.h>

#include "base/clock.h"

enum {
    STRIPES = 16,
    CACHE_LINE = 64,
    /* Cells of one stripe, a whole number of cache lines. */
    STRIPE_CELLS = (AS_METRIC_CELL_COUNT + 7) / 8 * 8,
};

_Static_assert(AS_METRIC_AT_GUARD + AS_METRIC_VERDICT_GRANTED <
                   CACHE_LINE / (int)sizeof(as_metric_cell_t),
               "the counters of a granted request are in one cache line");

typedef enum metric_type_t { COUNTER, HISTOGRAM, DEADLINE, GAUGE } metric_type_t;

static const struct {
    const char *name;
    const char *help;
    metric_type_t type;
    as_metric_label_t first, second;
    int at; /* first cell */
} metrics[] = {
#define AS_METRIC_ROW(metric, type, name, help, first, second)                                     \
    {name, help, type, AS_METRIC_LABEL_##first, AS_METRIC_LABEL_##second, AS_METRIC_AT_##metric},
    AS_METRICS(AS_METRIC_ROW)
#undef AS_METRIC_ROW
};

#define AS_METRIC_TEXT(value, text) text,
#define AS_METRIC_TEXTS_OF(label, name, list)                                                      \
    static const char *const texts_of_##label[] = {list(AS_METRIC_TEXT)};
AS_METRIC_LISTED_LABELS(AS_METRIC_TEXTS_OF)
#undef AS_METRIC_TEXTS_OF
#undef AS_METRIC_TEXT

static const struct {
    const char *name;
    int size;
    const char *const *texts; /* NULL: an open label */
} labels[] = {
#define AS_METRIC_LISTED(label, name, list) {name, AS_METRIC_SIZE_##label, texts_of_##label},
#define AS_METRIC_OPEN(label, name, size) {name, size, NULL},
    AS_METRIC_LISTED_LABELS(AS_METRIC_LISTED) AS_METRIC_OPEN_LABELS(AS_METRIC_OPEN)
#undef AS_METRIC_OPEN
#undef AS_METRIC_LISTED
};

static const struct {
    apr_interval_time_t time;
    const char *seconds;
} bounds[] = {
#define AS_METRIC_BOUND(time, seconds) {time, seconds},
    AS_METRIC_BOUNDS(AS_METRIC_BOUND)
#undef AS_METRIC_BOUND
};

/* The values of open labels after "other", set in the parent process before it forks. */
static struct {
    const char *const *texts;
    int count;
    char shown[AS_METRIC_SIZE_ROUTE]; /* by value; no open label has more */
} opened[AS_METRIC_LABEL_COUNT];

static as_metric_cell_t private_cells[STRIPE_CELLS];

as_metric_cell_t *as_metric_cells = private_cells;

/* All stripes; NULL: private_cells only. */
static as_metric_cell_t *memory_cells;

/* ---- counting ---- */

void as_metric_observe(int cell, apr_interval_time_t time)
{
    int bucket = 0;

    if (time < 0) {
        time = 0;
    }
    while (bucket < AS_METRIC_BOUND_COUNT && time > bounds[bucket].time) {
        bucket++;
    }
    as_metric_add(cell + bucket, 1);
    as_metric_add(cell + AS_METRIC_BOUND_COUNT + 1, (apr_uint64_t)time);
}

static int replace_deadline(int cell, apr_uint64_t current, apr_time_t until)
{
    return atomic_compare_exchange_strong(&as_metric_cells[cell], &current, (apr_uint64_t)until);
}

/* Extend the earliest time. It becomes the time of two callers: neither may remove it, so it is no
 * longer equal to the time of either. */
static void merge_deadline(int cell, apr_time_t until)
{
    apr_uint64_t least, time;
    int at;

    do {
        at = cell;
        least = atomic_load(&as_metric_cells[cell]);
        for (int i = 1; i < AS_METRIC_CELLS_DEADLINE; i++) {
            time = atomic_load(&as_metric_cells[cell + i]);
            if (time < least) {
                least = time;
                at = cell + i;
            }
        }
    } while (least <= (apr_uint64_t)until && !replace_deadline(at, least, until + 1));
}

void as_metric_add_deadline(int cell, apr_time_t until)
{
    apr_uint64_t now = (apr_uint64_t)as_clock_monotonic();

    for (int i = 0; i < AS_METRIC_CELLS_DEADLINE; i++) {
        apr_uint64_t current = atomic_load(&as_metric_cells[cell + i]);

        if (current <= now && replace_deadline(cell + i, current, until)) {
            return;
        }
    }
    merge_deadline(cell, until);
}

void as_metric_remove_deadline(int cell, apr_time_t until)
{
    for (int i = 0; i < AS_METRIC_CELLS_DEADLINE; i++) {
        if (replace_deadline(cell + i, (apr_uint64_t)until, 0)) {
            return;
        }
    }
}

/* ---- labels ---- */

apr_status_t as_metric_set_values(as_metric_label_t label, const char *const *values, int count)
{
    int places = labels[label].size - 1;

    opened[label].texts = values;
    opened[label].count = count < places ? count : places;
    memset(opened[label].shown, 0, sizeof(opened[label].shown));
    return count > places ? APR_ENOSPC : APR_SUCCESS;
}

const char *as_metric_value_text(as_metric_label_t label, int value)
{
    if (labels[label].texts) {
        return value < labels[label].size ? labels[label].texts[value] : NULL;
    }
    if (!value) {
        return AS_METRIC_OTHER;
    }
    return value <= opened[label].count ? opened[label].texts[value - 1] : NULL;
}

int as_metric_find_value(as_metric_label_t label, const char *value)
{
    const char *text;

    for (int i = 0; value && (text = as_metric_value_text(label, i)); i++) {
        if (strcmp(text, value) == 0) {
            return i;
        }
    }
    return 0;
}

void as_metric_show_value(as_metric_label_t label, int value)
{
    opened[label].shown[value] = 1;
}

/* ---- memory ---- */

apr_size_t as_metric_memory_size(void)
{
    /* The memory may begin anywhere in a cache line. */
    return (apr_size_t)STRIPES * STRIPE_CELLS * sizeof(as_metric_cell_t) + CACHE_LINE;
}

/* FNV-1a, with the NUL. */
static apr_uint64_t hash_text(apr_uint64_t hash, const char *text)
{
    apr_size_t len = strlen(text) + 1;

    for (apr_size_t i = 0; i < len; i++) {
        hash = (hash ^ (unsigned char)text[i]) * 1099511628211u;
    }
    return hash;
}

apr_uint64_t as_metric_layout_id(void)
{
    apr_uint64_t id = (14695981039346656037u ^ STRIPE_CELLS) * STRIPES;
    const char *text;

    for (int i = 0; i < AS_METRIC_COUNT; i++) {
        id = hash_text(id ^ (apr_uint64_t)metrics[i].at, metrics[i].name);
        id = hash_text(id ^ metrics[i].type, labels[metrics[i].first].name);
        id = hash_text(id, labels[metrics[i].second].name);
    }
    for (int i = 0; i < AS_METRIC_LABEL_COUNT; i++) {
        id = hash_text(id ^ (apr_uint64_t)labels[i].size, labels[i].name);
        for (int j = 0; (text = as_metric_value_text((as_metric_label_t)i, j)); j++) {
            id = hash_text(id, text);
        }
    }
    for (int i = 0; i < AS_METRIC_BOUND_COUNT; i++) {
        id = hash_text(id, bounds[i].seconds);
    }
    return id;
}

void as_metric_attach(void *memory, unsigned process)
{
    char *start = memory;

    start += (CACHE_LINE - (apr_uintptr_t)memory % CACHE_LINE) % CACHE_LINE;
    memory_cells = (void *)start;
    as_metric_cells = memory_cells + (apr_size_t)(process % STRIPES) * STRIPE_CELLS;
}

static int count_stripes(void)
{
    return memory_cells ? STRIPES : 1;
}

static apr_uint64_t read_cell(int stripe, int cell)
{
    const as_metric_cell_t *cells = memory_cells ? memory_cells : private_cells;

    return atomic_load_explicit(&cells[(apr_size_t)stripe * STRIPE_CELLS + (apr_size_t)cell],
                                memory_order_relaxed);
}

static apr_uint64_t sum_cell(int cell)
{
    apr_uint64_t sum = 0;

    for (int i = 0; i < count_stripes(); i++) {
        sum += read_cell(i, cell);
    }
    return sum;
}

/* ---- reading ---- */

/* Cells of each series of a metric. */
static int count_cells(as_metric_t metric)
{
    switch (metrics[metric].type) {
    case HISTOGRAM:
        return AS_METRIC_CELLS_HISTOGRAM;
    case DEADLINE:
        return AS_METRIC_CELLS_DEADLINE;
    case GAUGE:
        return AS_METRIC_CELLS_GAUGE;
    default:
        return AS_METRIC_CELLS_COUNTER;
    }
}

static int find_cell(as_metric_t metric, int first, int second)
{
    return metrics[metric].at +
           (first * labels[metrics[metric].second].size + second) * count_cells(metric);
}

apr_uint64_t as_metric_sum(as_metric_t metric, int first, int second)
{
    apr_uint64_t sum = 0;

    for (int i = 0; i < labels[metrics[metric].first].size; i++) {
        for (int j = 0; j < labels[metrics[metric].second].size; j++) {
            if ((first == AS_METRIC_ANY || first == i) &&
                (second == AS_METRIC_ANY || second == j)) {
                sum += sum_cell(find_cell(metric, i, j));
            }
        }
    }
    return sum;
}

int as_metric_is_before_deadline(as_metric_t metric, int first)
{
    int cell = find_cell(metric, first, 0);
    apr_uint64_t now = (apr_uint64_t)as_clock_monotonic();

    for (int i = 0; i < count_stripes(); i++) {
        for (int j = 0; j < AS_METRIC_CELLS_DEADLINE; j++) {
            if (read_cell(i, cell + j) > now) {
                return 1;
            }
        }
    }
    return 0;
}

const char *as_metric_name(as_metric_t metric)
{
    return metrics[metric].name;
}

/* ---- the text format ---- */

typedef struct writer_t {
    apr_pool_t *pool;
    as_metric_write_fn *write;
    void *ctx;
    as_metric_t metric;
    int has_header; /* of this metric */
} writer_t;

/* Helps and label values are this server's words, but a backslash, a quote or a newline would
 * break the format. */
static const char *escape(apr_pool_t *p, const char *text)
{
    char *escaped = apr_palloc(p, 2 * strlen(text) + 1);
    char *to = escaped;

    for (; *text; text++) {
        if (*text == '\\' || *text == '"' || *text == '\n') {
            *to++ = '\\';
        }
        *to++ = *text;
        if (*text == '\n') {
            to[-1] = 'n';
        }
    }
    *to = '\0';
    return escaped;
}

static void write_header(writer_t *w)
{
    static const char *const types[] = {
        [COUNTER] = "counter", [HISTOGRAM] = "histogram", [DEADLINE] = "gauge", [GAUGE] = "gauge"};
    const char *name = metrics[w->metric].name;

    if (!w->has_header) {
        w->has_header = 1;
        w->write(w->ctx,
                 apr_pstrcat(w->pool, "# HELP ", name, " ", metrics[w->metric].help, "\n# ",
                             "TYPE ", name, " ", types[metrics[w->metric].type], "\n", NULL));
    }
}

/* ,NAME="VALUE"; nothing for NONE. */
static const char *format_label(apr_pool_t *p, as_metric_label_t label, const char *value)
{
    return label == AS_METRIC_LABEL_NONE
               ? ""
               : apr_pstrcat(p, ",", labels[label].name, "=\"", escape(p, value), "\"", NULL);
}

/* members: each begins with a comma, or "". */
static void write_sample(writer_t *w, const char *suffix, const char *members, const char *value)
{
    write_header(w);
    w->write(w->ctx,
             apr_pstrcat(w->pool, metrics[w->metric].name, suffix, *members ? "{" : "",
                         *members ? members + 1 : "", *members ? "} " : " ", value, "\n", NULL));
}

static const char *format_count(apr_pool_t *p, apr_uint64_t count)
{
    return apr_psprintf(p, "%" APR_UINT64_T_FMT, count);
}

/* The count of a histogram is that of its buckets, so that they agree while other threads count. */
static void write_histogram(writer_t *w, int cell, const char *members)
{
    apr_uint64_t count = 0;
    apr_uint64_t sum = sum_cell(cell + AS_METRIC_BOUND_COUNT + 1);

    for (int i = 0; i <= AS_METRIC_BOUND_COUNT; i++) {
        const char *le = i < AS_METRIC_BOUND_COUNT ? bounds[i].seconds : "+Inf";

        count += sum_cell(cell + i);
        write_sample(w, "_bucket", apr_pstrcat(w->pool, members, ",le=\"", le, "\"", NULL),
                     format_count(w->pool, count));
    }
    write_sample(w, "_sum", members,
                 apr_psprintf(w->pool, "%" APR_UINT64_T_FMT ".%06d", sum / APR_USEC_PER_SEC,
                              (int)(sum % APR_USEC_PER_SEC)));
    write_sample(w, "_count", members, format_count(w->pool, count));
}

static int is_shown(as_metric_t metric, int first, int cell)
{
    as_metric_label_t label = metrics[metric].first;
    apr_uint64_t sum = 0;

    if (labels[label].texts || opened[label].shown[first]) {
        return 1;
    }
    for (int i = 0; i < count_cells(metric); i++) {
        sum += sum_cell(cell + i);
    }
    return sum != 0;
}

static void write_series(writer_t *w, int first, int second)
{
    as_metric_t metric = w->metric;
    int cell = find_cell(metric, first, second);
    const char *members;

    if (!is_shown(metric, first, cell)) {
        return;
    }
    members = apr_pstrcat(w->pool,
                          format_label(w->pool, metrics[metric].first,
                                       as_metric_value_text(metrics[metric].first, first)),
                          format_label(w->pool, metrics[metric].second,
                                       as_metric_value_text(metrics[metric].second, second)),
                          NULL);
    switch (metrics[metric].type) {
    case COUNTER:
        write_sample(w, "", members, format_count(w->pool, sum_cell(cell)));
        break;
    case HISTOGRAM:
        write_histogram(w, cell, members);
        break;
    case DEADLINE:
        write_sample(w, "", members, as_metric_is_before_deadline(metric, first) ? "1" : "0");
        break;
    case GAUGE:
        break;
    }
}

void as_metric_write(apr_pool_t *p, as_metric_write_fn *write, void *ctx)
{
    writer_t w = {p, write, ctx, (as_metric_t)0, 0};

    for (int i = 0; i < AS_METRIC_COUNT; i++) {
        w.metric = (as_metric_t)i;
        w.has_header = 0;
        if (metrics[i].type == GAUGE) {
            continue;
        }
        for (int j = 0; as_metric_value_text(metrics[i].first, j); j++) {
            for (int k = 0; as_metric_value_text(metrics[i].second, k); k++) {
                write_series(&w, j, k);
            }
        }
    }
}

void as_metric_write_gauge(apr_pool_t *p, as_metric_t metric, const char *label, apr_int64_t value,
                           as_metric_write_fn *write, void *ctx)
{
    writer_t w = {p, write, ctx, metric, 0};

    write_sample(&w, "", format_label(p, metrics[metric].first, label),
                 apr_psprintf(p, "%" APR_INT64_T_FMT, value));
}
