/* SPDX-License-Identifier: BSD-2-Clause */
/* The reference of options as mdoc(7) source; see option.h. */
#include "helper/conf/option.h"

static bool
print_option(const struct option *option, struct buffer *out)
{
    (void)buffer_printf(out, ".It Ic %s = Ar %s\n%s", option->name,
                        option->unit, option->help);
    if (option->type == OPTION_LINES)
        (void)buffer_text(out, "One to a line; the key is repeated.\n");
    if (option->type == OPTION_NUMBER)
        (void)buffer_printf(out, "From %lld to %lld.\n", (long long)option->min,
                            (long long)option->max);
    if (option->standard != NULL)
        (void)buffer_printf(out, "The default is\n.Ql %s .\n",
                            option->standard);
    return !out->failed;
}

bool
option_print_manual(struct buffer *out)
{
    static const char *const headings[SECTION_COUNT] = {
        "Section httpauthd", "Sections issuer NAME", "Sections service NAME"};
    int section;
    size_t i;

    for (section = 0; section < SECTION_COUNT; section++) {
        (void)buffer_printf(out, ".Ss %s\n.Bl -tag -width Ds\n",
                            headings[section]);
        for (i = 0; i < option_count; i++)
            if ((int)option_table[i].section == section)
                (void)print_option(&option_table[i], out);
        (void)buffer_text(out, ".El\n");
    }
    return !out->failed;
}
