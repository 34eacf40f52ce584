/* SPDX-License-Identifier: BSD-2-Clause */
/* Transport form: items 1 to 5. */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/hostile.h"

/* `text` as it stands. */
static struct forged
literal(const struct hostile *row, const struct hostile_at *at)
{
    return hostile_expand(row->text, row, at);
}

/* A sound token with `text` in front (number 0) or behind it (1); a number
 * of 2 puts one NUL byte behind, 3 into the middle of the payload. */
static struct forged
around(const struct hostile *row, const struct hostile_at *at)
{
    struct forged token = hostile_signed(row, at), out;
    size_t len = row->text == NULL ? 1 : strlen(row->text);
    const char *text = row->text == NULL ? "" : row->text;
    size_t where = row->number == 0   ? 0
                   : row->number == 3 ? token.len / 2
                                      : token.len;

    out.len = token.len + len;
    out.data = forge_need(malloc(out.len + 1), "malloc");
    memcpy(out.data, token.data, where);
    memcpy(out.data + where, text, len);
    memcpy(out.data + where + len, token.data + where, token.len - where + 1);
    free(token.data);
    return out;
}

/* The part `number` (0 to 2) of a sound token is replaced by `text`; the
 * parts before the signature are signed as they then stand. */
static struct forged
part(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at), out;
    char *dot = strchr(input.data, '.');

    if (row->number == 2) {
        out.data = forge_text("%s.%s", input.data, row->text);
    } else {
        out.data = row->number == 0
                       ? forge_text("%s%s", row->text, dot)
                       : forge_text("%.*s.%s", (int)(dot - input.data),
                                    input.data, row->text);
    }
    free(input.data);
    out.len = strlen(out.data);
    return row->number == 2 ? out : hostile_sign(row, out);
}

/* Blanks behind the JSON text until its base64url ends in two characters, of
 * which the last has four spare bits. */
static struct forged
with_spare_bits(struct forged text)
{
    while (text.len % 3 != 1) {
        text.data = forge_need(realloc(text.data, text.len + 2), "realloc");
        text.data[text.len++] = ' ';
        text.data[text.len] = '\0';
    }
    return text;
}

/* The next letter differs in the lowest bit only: A becomes B, Q R ... */
static struct forged
spare_bits(const struct hostile *row, const struct hostile_at *at)
{
    struct forged header = with_spare_bits(hostile_header(row, at));
    struct forged payload = with_spare_bits(hostile_payload(row, at));
    struct forged input =
        forge_input(header.data, header.len, payload.data, payload.len);
    struct forged token;

    free(header.data);
    free(payload.data);
    if (row->number == 0)
        strchr(input.data, '.')[-1]++;
    else if (row->number == 1)
        input.data[input.len - 1]++;
    token = hostile_sign(row, input);
    /* 256 bytes leave four spare bits as well. */
    if (row->number == 2)
        token.data[token.len - 1]++;
    return token;
}

/* Inserts `text` behind the fourth character of part `number`, or at its end
 * when it begins with '='; what is signed is what stands there. */
static struct forged
inside(const struct hostile *row, const struct hostile_at *at)
{
    struct forged input = hostile_input(row, at), token = {NULL, 0};
    char *dot = strchr(input.data, '.');
    size_t cut = 4;

    if (row->number == 2) {
        token = hostile_sign(row, input);
        cut = row->text[0] == '=' ? token.len : token.len - 4;
        input = token;
    } else if (row->text[0] == '=') {
        cut = row->number == 0 ? (size_t)(dot - input.data) : input.len;
    } else if (row->number == 1) {
        cut = (size_t)(dot - input.data) + 5;
    }
    token.data = forge_text("%.*s%s%s", (int)cut, input.data, row->text,
                            input.data + cut);
    token.len = strlen(token.data);
    free(input.data);
    return row->number == 2 ? token : hostile_sign(row, token);
}

/* Exactly `number` bytes, by a claim as long as it takes.  Lengths of base64
 * jump over some values; another blank in the header then shifts them. */
static struct forged
sized(const struct hostile *row, const struct hostile_at *at)
{
    struct hostile copy = *row;
    struct forged token = {NULL, 0};
    long fill = 1, gap = 1;

    for (int blanks = 0; gap != 0;) {
        char *claim = forge_text("fill=\"$x{%ld}\"", fill);
        char *header = forge_text(
            "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"rsa\"%*s}", blanks,
            "");

        free(token.data);
        copy.claims[0] = claim;
        copy.raw_header = header;
        token = hostile_signed(&copy, at);
        free(claim);
        free(header);
        gap = (long)row->number - (long)token.len;
        if (gap < 0) {
            blanks++;
            fill -= 8;
        } else {
            fill += gap < 4 ? 1 : gap / 4 * 3;
        }
    }
    return token;
}

/* A header whose encoded part has exactly `number` characters, a multiple of
 * four. */
static struct forged
sized_header(const struct hostile *row, const struct hostile_at *at)
{
    static const char head[] =
        "{\"alg\":\"RS256\",\"typ\":\"at+jwt\",\"kid\":\"rsa\",\"x\":\"";
    struct hostile copy = *row;
    struct forged token;
    char *raw =
        forge_text("%s$x{%ld}\"}", head,
                   (long)(row->number / 4 * 3) - (long)sizeof(head) + 1 - 2);

    copy.raw_header = raw;
    token = hostile_signed(&copy, at);
    free(raw);
    return token;
}

#define SSHD_JUNK "\b\n\r\177INCORRECT\b\n\r\177INCORRECT"

const struct hostile hostile_forms[] = {
    {"1", "a_token_signed_with_rs256_is_accepted", REASON_ACCEPTED,
     .number = 0},
    {"1", "nothing_at_all_is_refused", REASON_FORM, .make = literal,
     .text = ""},
    {"1", "a_single_dot_is_refused", REASON_FORM, .make = literal, .text = "."},
    {"1", "two_dots_are_refused", REASON_FORM, .make = literal, .text = ".."},
    {"1", "three_dots_are_refused", REASON_FORM, .make = literal,
     .text = "..."},
    {"1", "one_part_is_refused", REASON_FORM, .make = literal,
     .text = "eyJhbGciOiJSUzI1NiJ9"},
    {"1", "two_parts_are_refused", REASON_FORM, .make = literal,
     .text = "eyJhbGciOiJSUzI1NiJ9.e30"},
    {"1", "a_fourth_part_is_refused", REASON_FORM, .make = around,
     .text = ".AAAA", .number = 1},
    {"1", "a_fourth_empty_part_is_refused", REASON_FORM, .make = around,
     .text = ".", .number = 1},
    {"1", "five_parts_like_an_encrypted_token_are_refused", REASON_FORM,
     .make = around, .text = ".AAAA.AAAA", .number = 1},
    {"1", "six_parts_are_refused", REASON_FORM, .make = around,
     .text = "e30.e30.e30.", .number = 0},
    {"2", "an_empty_header_part_is_refused", REASON_FORM, .make = part,
     .text = "", .number = 0},
    {"2", "an_empty_payload_part_is_refused", REASON_PAYLOAD, .make = part,
     .text = "", .number = 1},
    {"2", "an_empty_signature_part_is_refused", REASON_FORM, .make = part,
     .text = "", .number = 2},
    {"2", "the_flattened_json_serialization_is_refused", REASON_FORM,
     .make = literal,
     .text = "{\"payload\":\"e30\",\"protected\":\"eyJhbGciOiJSUzI1NiJ9\","
             "\"signature\":\"AAAA\"}"},
    {"2", "the_general_json_serialization_is_refused", REASON_FORM,
     .make = literal,
     .text = "{\"payload\":\"e30\",\"signatures\":[{\"protected\":"
             "\"eyJhbGciOiJSUzI1NiJ9\",\"signature\":\"AAAA\"}]}"},
    {"3", "a_leading_space_is_refused", REASON_BASE64, .make = around,
     .text = " ", .number = 0},
    {"3", "a_trailing_space_is_refused", REASON_BASE64, .make = around,
     .text = " ", .number = 1},
    {"3", "a_leading_newline_is_refused", REASON_BASE64, .make = around,
     .text = "\n", .number = 0},
    {"3", "a_trailing_newline_is_refused", REASON_BASE64, .make = around,
     .text = "\n", .number = 1},
    {"3", "a_trailing_carriage_return_is_refused", REASON_BASE64,
     .make = around, .text = "\r", .number = 1},
    {"3", "a_trailing_crlf_is_refused", REASON_BASE64, .make = around,
     .text = "\r\n", .number = 1},
    {"3", "a_leading_tab_is_refused", REASON_BASE64, .make = around,
     .text = "\t", .number = 0},
    {"3", "the_prefix_bearer_is_refused", REASON_BASE64, .make = around,
     .text = "Bearer ", .number = 0},
    {"3", "a_trailing_nul_is_refused", REASON_BASE64, .make = around,
     .number = 2},
    {"3", "a_nul_inside_is_refused", REASON_BASE64, .make = around,
     .number = 3},
    {"3", "a_trailing_del_is_refused", REASON_BASE64, .make = around,
     .text = "\177", .number = 1},
    {"3", "a_trailing_byte_over_127_is_refused", REASON_BASE64, .make = around,
     .text = "\377", .number = 1},
    {"3", "a_leading_no_break_space_is_refused", REASON_BASE64, .make = around,
     .text = "\302\240", .number = 0},
    {"3", "what_sshd_sends_for_unknown_users_is_refused", REASON_FORM,
     .make = literal, .text = SSHD_JUNK},
    {"4", "a_token_of_exactly_64_kib_is_accepted", REASON_ACCEPTED,
     .make = sized, .number = 65536},
    {"4", "a_token_of_one_byte_more_is_refused", REASON_SIZE, .make = sized,
     .number = 65537},
    {"4", "a_header_part_of_exactly_4_kib_is_accepted", REASON_ACCEPTED,
     .make = sized_header, .number = 4096},
    {"4", "a_header_part_over_4_kib_is_refused", REASON_SIZE,
     .make = sized_header, .number = 4100},
    {"5", "padding_of_the_header_is_refused", REASON_BASE64, .make = inside,
     .text = "=", .number = 0},
    {"5", "padding_of_the_payload_is_refused", REASON_BASE64, .make = inside,
     .text = "=", .number = 1},
    {"5", "padding_of_the_signature_is_refused", REASON_BASE64, .make = inside,
     .text = "==", .number = 2},
    {"5", "junk_behind_the_padding_is_refused", REASON_BASE64, .make = inside,
     .text = "==AAAA", .number = 2},
    {"5", "a_plus_sign_is_refused", REASON_BASE64, .make = inside,
     .text = "++++", .number = 1},
    {"5", "a_slash_is_refused", REASON_BASE64, .make = inside, .text = "////",
     .number = 2},
    {"5", "a_space_in_the_header_is_refused", REASON_BASE64, .make = inside,
     .text = "    ", .number = 0},
    {"5", "a_newline_in_the_payload_is_refused", REASON_BASE64, .make = inside,
     .text = "\n", .number = 1},
    {"5", "a_newline_in_the_signature_is_refused", REASON_BASE64,
     .make = inside, .text = "\r\n", .number = 2},
    {"5", "a_percent_escape_is_refused", REASON_BASE64, .make = inside,
     .text = "%2D", .number = 1},
    {"5", "a_header_part_of_4n_and_1_characters_is_refused", REASON_BASE64,
     .make = part, .text = "eyJhbGciOiJSUzI1NiJ9A", .number = 0},
    {"5", "a_payload_part_of_4n_and_1_characters_is_refused", REASON_BASE64,
     .make = part, .text = "e30gA", .number = 1},
    {"5", "a_signature_part_of_one_character_is_refused", REASON_BASE64,
     .make = part, .text = "A", .number = 2},
    {"5", "spare_bits_in_the_header_are_refused", REASON_BASE64,
     .make = spare_bits, .number = 0},
    {"5", "spare_bits_in_the_payload_are_refused", REASON_BASE64,
     .make = spare_bits, .number = 1},
    {"5", "spare_bits_in_the_signature_are_refused", REASON_BASE64,
     .make = spare_bits, .number = 2},
    {0},
};
