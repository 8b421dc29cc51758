/* SPDX-License-Identifier: Apache-2.0 */
#include "config/auth_sections.h"

#include <http_core.h>
#include <http_log.h>

#include "base/log.h"
#include "config/section.h"
#include "config/startup_log.h"

APLOG_USE_MODULE(authsms);

/* A section with AuthType JWT, kept until the whole configuration is read. */
typedef struct section_t {
    const as_dir_t *dc;
    server_rec *s;
    const ap_directive_t *line;
} section_t;

static const char SECTIONS[] = "authsms:auth_type_sections";

void as_auth_sections_record(cmd_parms *cmd, const as_dir_t *dc)
{
    void *sections = NULL;

    apr_pool_userdata_get(&sections, SECTIONS, cmd->pool);
    if (!sections) {
        sections = apr_array_make(cmd->pool, 4, sizeof(section_t));
        apr_pool_userdata_setn(sections, SECTIONS, NULL, cmd->pool);
    }
    APR_ARRAY_PUSH((apr_array_header_t *)sections, section_t) =
        (section_t){dc, cmd->server, cmd->directive};
}

/* Is AuthSMSProtect On, set here, or inherited from the server or a section of the same kind? */
static int is_protected(apr_pool_t *p, const section_t *section)
{
    const core_server_config *core = ap_get_core_module_config(section->s->module_config);
    const as_dir_t *dc = ap_get_module_config(section->s->lookup_defaults, &authsms_module);
    const ap_directive_t *outermost = as_section_find_outermost(section->line);
    const apr_array_header_t *sections = NULL;
    const char *path = outermost ? as_section_get_path(p, outermost) : "";
    int protect = as_dir_protect(dc);

    if (outermost && ap_cstr_casecmpn(outermost->directive, "<Location", 9) == 0) {
        sections = core->sec_url;
    } else if (outermost && ap_cstr_casecmpn(outermost->directive, "<Directory", 10) == 0) {
        sections = core->sec_dir;
    }
    for (int i = 0; sections && i < sections->nelts; i++) {
        const ap_conf_vector_t *each = APR_ARRAY_IDX(sections, i, const ap_conf_vector_t *);
        const core_dir_config *at = ap_get_core_module_config(each);

        dc = ap_get_module_config(each, &authsms_module);
        if (dc && dc->protect != AS_UNSET &&
            (at->r ? ap_regexec(at->r, path, 0, NULL, 0) == 0
                   : as_section_covers_path(at->d, path))) {
            protect = dc->protect;
        }
    }
    return section->dc->protect == AS_UNSET ? protect : section->dc->protect;
}

void as_auth_sections_check(apr_pool_t *pconf, server_rec *s)
{
    /* Within <RequireAll> and similar, httpd leaves out the highest bit. No method has it. */
    static const apr_int64_t no_method = APR_INT64_MIN;
    void *data = NULL;
    const apr_array_header_t *sections;

    apr_pool_userdata_get(&data, SECTIONS, pconf);
    sections = data;
    for (int i = 0; sections && i < sections->nelts; i++) {
        const section_t *section = &APR_ARRAY_IDX(sections, i, section_t);

        if ((section->dc->auth.newer_than_auth_type | no_method) != -1 &&
            !as_startup_log_is_second_pass() && !is_protected(pconf, section)) {
            ap_log_error(APLOG_MARK, APLOG_STARTUP | APLOG_WARNING, 0, s,
                         AS_TAG(0152) "AuthType JWT without a Require%s in its section (line %d of "
                                      "%s): requests return 500 unless a newer Require applies, or "
                                      "one that needs a user. Add Require valid-user",
                         section->dc->auth.newer_than_auth_type ? " for every method" : "",
                         section->line->line_num, section->line->filename);
        }
    }
}
