/* SPDX-License-Identifier: BSD-2-Clause */
/* Claims: items 32 to 56; those that only time decides to the second are in
 * tests/unit/test_jose_claims.c. */
#include <stdlib.h>
#include <string.h>

#include "tests/lib/hostile.h"

/* A raw NUL where '#' stands in the payload. */
static struct forged
nul_in_payload(const struct hostile *row, const struct hostile_at *at)
{
    struct forged header = hostile_header(row, at);
    struct forged payload = hostile_payload(row, at);
    struct forged input;

    *strchr(payload.data, '#') = '\0';
    input = forge_input(header.data, header.len, payload.data, payload.len);
    free(header.data);
    free(payload.data);
    return hostile_sign(row, input);
}

#define WHOLE                                                                  \
    "{\"iss\":\"$iss\",\"sub\":\"$user\",\"aud\":\"$aud\",\"exp\":$now+3000,"  \
    "\"iat\":$now}"

#define PAYLOAD(name, text)                                                    \
    {                                                                          \
        "32", name, REASON_PAYLOAD, .raw_payload = text                        \
    }
#define CLAIM(item, name, why, ...)                                            \
    {                                                                          \
        item, name, why, .claims = { __VA_ARGS__ }                             \
    }
#define ISS(name, json) CLAIM("33", name, REASON_ISSUER, "iss=" json)
#define AUD(name, json) CLAIM("34", name, REASON_AUDIENCE, "aud=" json)
#define EXP(name, why, json) CLAIM("35", name, why, "exp=" json)
#define START(name, why, edit) CLAIM("36", name, why, edit)
#define SUB(name, why, json) CLAIM("37", name, why, "sub=" json)
#define KIND(name, edit) CLAIM("40", name, REASON_TOKEN_KIND, edit)
#define BOUND(name, json) CLAIM("41", name, REASON_BOUND, "cnf=" json)
#define ACTOR(name, edit) CLAIM("42", name, REASON_ACTOR, edit)
/* Good for helper/jose; whom it speaks for is another matter. */
#define OTHER(name, json)                                                      \
    {                                                                          \
        "37", name, REASON_USER_MISMATCH, .policy = true, .claims = {          \
            "sub=" json                                                        \
        }                                                                      \
    }
#define CLIENT(name, ...)                                                      \
    {                                                                          \
        "54", name, REASON_CLIENT, .policy = true, .claims = { __VA_ARGS__ }   \
    }

const struct hostile hostile_claims[] = {
    PAYLOAD("a_payload_that_is_no_json_is_refused", "sub=$user"),
    PAYLOAD("a_payload_that_is_an_array_is_refused", "[" WHOLE "]"),
    PAYLOAD("a_payload_that_is_a_string_is_refused", "\"$user\""),
    PAYLOAD("a_payload_that_is_null_is_refused", "null"),
    PAYLOAD("two_payload_objects_are_refused", WHOLE WHOLE),
    PAYLOAD("text_behind_the_payload_is_refused", WHOLE "]"),
    PAYLOAD("a_payload_cut_short_is_refused", "{\"sub\":\"$user\""),
    {"32", "a_nul_behind_the_payload_is_refused", REASON_PAYLOAD,
     .raw_payload = WHOLE "#", .make = nul_in_payload},
    {"32", "a_nul_in_sub_is_refused", REASON_PAYLOAD,
     .claims = {"sub=\"$user#\""}, .make = nul_in_payload},
    CLAIM("32", "an_escaped_nul_in_sub_is_refused", REASON_PAYLOAD,
          "sub=\"$user\\u0000x\""),
    CLAIM("32", "an_escaped_nul_in_iss_is_refused", REASON_PAYLOAD,
          "iss=\"$iss\\u0000\""),
    CLAIM("32", "an_escaped_nul_in_aud_is_refused", REASON_PAYLOAD,
          "aud=\"$aud\\u0000.example\""),
    CLAIM("32", "sub_twice_is_refused", REASON_PAYLOAD, "+\"sub\":\"root\""),
    CLAIM("32", "sub_twice_by_an_escape_is_refused", REASON_PAYLOAD,
          "+\"\\u0073ub\":\"root\""),
    CLAIM("32", "exp_twice_is_refused", REASON_PAYLOAD, "+\"exp\":1"),
    CLAIM("32", "aud_twice_is_refused", REASON_PAYLOAD, "+\"aud\":\"x\""),
    CLAIM("32", "a_nested_claim_twice_is_refused", REASON_PAYLOAD,
          "x={\"a\":1,\"a\":1}"),
    CLAIM("32", "invalid_utf8_in_the_payload_is_refused", REASON_PAYLOAD,
          "name=\"\303\050\""),
    CLAIM("8", "a_payload_32_deep_is_accepted", REASON_ACCEPTED, "x=$d{31}"),
    CLAIM("8", "a_payload_33_deep_is_refused", REASON_PAYLOAD, "x=$d{32}"),
    CLAIM("8", "a_payload_20000_deep_is_refused", REASON_PAYLOAD,
          "x=$d{20000}"),
    CLAIM("8", "a_payload_of_3000_members_is_accepted", REASON_ACCEPTED,
          "+$m{3000}"),
    {"33", "no_iss_is_refused", REASON_ISSUER, .claims = {"-iss"}},
    ISS("iss_null_is_refused", "null"),
    ISS("iss_as_an_array_is_refused", "[\"$iss\"]"),
    ISS("an_empty_iss_is_refused", "\"\""),
    ISS("iss_with_a_trailing_slash_is_refused", "\"$iss/\""),
    ISS("iss_with_more_behind_it_is_refused", "\"$iss.evil.example\""),
    ISS("iss_with_a_blank_is_refused", "\"$iss \""),
    ISS("iss_with_another_scheme_is_refused", "\"http://idp.test\""),
    ISS("iss_in_upper_case_is_refused", "\"HTTPS://IDP.TEST\""),
    ISS("iss_cut_short_is_refused", "\"https:\""),
    ISS("iss_with_a_percent_escape_is_refused", "\"https://idp%2Etest\""),
    ISS("iss_with_a_port_is_refused", "\"$iss:443\""),
    ISS("iss_with_a_look_alike_is_refused", "\"https://\321\226dp.test\""),
    ISS("iss_of_somebody_else_is_refused", "\"https://accounts.google.com\""),
    {"34", "no_aud_is_refused", REASON_AUDIENCE, .claims = {"-aud"}},
    AUD("aud_null_is_refused", "null"),
    AUD("an_empty_aud_is_refused", "\"\""),
    AUD("an_empty_array_of_audiences_is_refused", "[]"),
    AUD("aud_as_a_number_is_refused", "1"),
    AUD("aud_as_an_object_is_refused", "{\"$aud\":1}"),
    AUD("aud_as_a_bool_is_refused", "true"),
    AUD("aud_with_more_behind_it_is_refused", "\"$aud.example\""),
    AUD("aud_cut_short_is_refused", "\"ssh:\""),
    AUD("aud_in_upper_case_is_refused", "\"SSH://HOST\""),
    AUD("aud_with_a_blank_is_refused", "\"$aud \""),
    AUD("audiences_in_one_string_are_refused", "\"$aud other\""),
    AUD("an_audience_array_with_a_number_is_refused", "[\"$aud\",1]"),
    AUD("an_audience_array_with_null_is_refused", "[null,\"$aud\"]"),
    AUD("a_nested_audience_array_is_refused", "[[\"$aud\"]]"),
    AUD("an_audience_array_of_others_is_refused", "[\"a\",\"b\"]"),
    CLAIM("34", "our_audience_among_others_is_accepted", REASON_ACCEPTED,
          "aud=[\"other\",\"$aud\"]"),
    EXP("exp_null_is_refused", REASON_EXPIRY, "null"),
    EXP("exp_as_a_string_is_refused", REASON_EXPIRY, "\"$now+3000\""),
    EXP("exp_as_a_bool_is_refused", REASON_EXPIRY, "true"),
    EXP("exp_as_an_array_is_refused", REASON_EXPIRY, "[$now+3000]"),
    EXP("exp_as_an_object_is_refused", REASON_EXPIRY, "{}"),
    {"35", "no_exp_is_refused", REASON_EXPIRY, .claims = {"-exp"}},
    EXP("a_token_that_expired_a_minute_ago_is_refused", REASON_EXPIRED,
        "$now-60"),
    EXP("a_token_that_expired_last_year_is_refused", REASON_EXPIRED,
        "$now-31536000"),
    EXP("exp_0_is_refused", REASON_EXPIRED, "0"),
    EXP("exp_minus_1_is_refused", REASON_EXPIRED, "-1"),
    EXP("the_least_integer_as_exp_is_refused", REASON_EXPIRED,
        "-9223372036854775808"),
    EXP("exp_1e3_is_refused", REASON_EXPIRED, "1e3"),
    EXP("exp_1e300_is_refused", REASON_EXPIRY, "1e300"),
    EXP("exp_minus_1e300_is_refused", REASON_EXPIRY, "-1e300"),
    EXP("exp_2_to_the_63_is_refused", REASON_EXPIRY, "9223372036854775808.0"),
    EXP("exp_1e400_is_refused", REASON_PAYLOAD, "1e400"),
    EXP("exp_of_20_digits_is_refused", REASON_PAYLOAD, "99999999999999999999"),
    EXP("exp_nan_is_refused", REASON_PAYLOAD, "NaN"),
    EXP("exp_infinity_is_refused", REASON_PAYLOAD, "Infinity"),
    EXP("exp_with_a_leading_zero_is_refused", REASON_PAYLOAD, "0$now+3000"),
    EXP("exp_with_a_plus_sign_is_refused", REASON_PAYLOAD, "+$now+3000"),
    EXP("exp_with_a_leading_point_is_refused", REASON_PAYLOAD, ".5"),
    EXP("exp_in_hexadecimal_is_refused", REASON_PAYLOAD, "0x7fffffff"),
    EXP("exp_with_a_fraction_is_accepted", REASON_ACCEPTED, "$now+3000.5"),
    START("a_token_for_the_next_hour_is_refused", REASON_NOT_YET,
          "nbf=$now+2400"),
    START("nbf_as_a_string_is_refused", REASON_TIMES, "nbf=\"$now\""),
    START("nbf_null_is_refused", REASON_TIMES, "nbf=null"),
    START("a_negative_nbf_is_refused", REASON_TIMES, "nbf=-1"),
    START("a_huge_nbf_is_refused", REASON_NOT_YET, "nbf=9223372036854775807"),
    START("a_huge_real_nbf_is_refused", REASON_TIMES, "nbf=1e300"),
    START("nbf_behind_exp_is_refused", REASON_NOT_YET, "nbf=$now+3001"),
    START("nbf_0_is_accepted", REASON_ACCEPTED, "nbf=0"),
    START("iat_in_the_next_hour_is_refused", REASON_NOT_YET, "iat=$now+2400"),
    START("iat_as_a_string_is_refused", REASON_TIMES, "iat=\"$now\""),
    START("iat_null_is_refused", REASON_TIMES, "iat=null"),
    START("iat_as_an_array_is_refused", REASON_TIMES, "iat=[$now]"),
    START("a_negative_iat_is_refused", REASON_TIMES, "iat=-1"),
    START("a_huge_iat_is_refused", REASON_NOT_YET, "iat=9223372036854775807"),
    START("a_huge_real_iat_is_refused", REASON_TIMES, "iat=1e300"),
    CLAIM("36", "iat_behind_exp_is_refused", REASON_TIMES, "iat=$now+10",
          "exp=$now+5"),
    {"37", "no_sub_is_refused", REASON_SUBJECT, .claims = {"-sub"}},
    SUB("sub_null_is_refused", REASON_SUBJECT, "null"),
    SUB("an_empty_sub_is_refused", REASON_SUBJECT, "\"\""),
    SUB("sub_as_a_number_is_refused", REASON_SUBJECT, "1000"),
    SUB("sub_as_an_array_is_refused", REASON_SUBJECT, "[\"$user\"]"),
    SUB("sub_as_an_object_is_refused", REASON_SUBJECT, "{}"),
    SUB("sub_with_a_newline_is_refused", REASON_SUBJECT, "\"$user\\n\""),
    SUB("sub_with_an_escape_sequence_is_refused", REASON_SUBJECT,
        "\"\\u001b[2J\""),
    SUB("sub_of_257_bytes_is_refused", REASON_CLAIM_FORM, "\"$x{257}\""),
    OTHER("root_is_not_the_user", "\"root\""),
    OTHER("root_spelt_with_an_escape_is_not_the_user", "\"ro\\u006ft\""),
    OTHER("the_user_with_a_leading_blank_is_another", "\" $user\""),
    OTHER("the_user_with_a_trailing_blank_is_another", "\"$user \""),
    OTHER("the_user_with_a_slash_is_another", "\"$user/\""),
    OTHER("the_user_with_a_colon_is_another", "\"$user:0\""),
    OTHER("the_user_at_a_domain_is_another", "\"$user@evil.example\""),
    OTHER("a_relative_path_is_not_the_user", "\"../$user\""),
    OTHER("a_bare_uid_is_not_the_user", "\"0\""),
    OTHER("a_name_with_a_leading_minus_is_not_the_user", "\"-$user\""),
    OTHER("a_name_with_marks_of_direction_is_not_the_user", "\"$user\\u202e\""),
    OTHER("a_name_with_a_combining_mark_is_not_the_user", "\"$user\\u0301\""),
    OTHER("a_name_of_256_bytes_is_not_the_user", "\"$x{256}\""),
    CLAIM("39", "client_id_as_an_array_is_refused", REASON_CLAIM_FORM,
          "client_id=[\"c\"]"),
    CLAIM("39", "client_id_null_is_refused", REASON_CLAIM_FORM,
          "client_id=null"),
    CLAIM("39", "azp_as_a_number_is_refused", REASON_CLAIM_FORM, "azp=1"),
    KIND("an_id_token_by_its_nonce_is_refused", "nonce=\"n\""),
    KIND("an_id_token_by_a_nonce_that_is_null_is_refused", "nonce=null"),
    KIND("an_id_token_by_at_hash_is_refused", "at_hash=\"h\""),
    KIND("an_id_token_by_c_hash_is_refused", "c_hash=\"h\""),
    KIND("an_id_token_by_s_hash_is_refused", "s_hash=\"h\""),
    KIND("a_logout_token_is_refused",
         "events={\"http://schemas.openid.net/event/backchannel-logout\":{}}"),
    KIND("a_dpop_proof_by_htm_is_refused", "htm=\"POST\""),
    KIND("a_dpop_proof_by_htu_is_refused", "htu=\"https://a.example/\""),
    KIND("a_request_object_by_response_type_is_refused",
         "response_type=\"code\""),
    KIND("a_request_object_by_redirect_uri_is_refused",
         "redirect_uri=\"https://a.example/\""),
    KIND("a_request_object_by_code_challenge_is_refused",
         "code_challenge=\"x\""),
    KIND("an_introspection_answer_is_refused",
         "token_introspection={\"active\":true}"),
    KIND("a_refresh_token_is_refused", "typ=\"Refresh\""),
    KIND("an_offline_token_is_refused", "typ=\"Offline\""),
    KIND("an_id_token_by_its_typ_claim_is_refused", "typ=\"ID\""),
    KIND("a_logout_token_by_its_typ_claim_is_refused", "typ=\"Logout\""),
    KIND("an_id_token_by_token_use_is_refused", "token_use=\"id\""),
    KIND("a_refresh_token_by_token_use_is_refused", "token_use=\"refresh\""),
    KIND("a_refresh_token_by_token_type_is_refused",
         "token_type=\"refresh_token\""),
    KIND("a_client_assertion_is_refused", "sub=\"$iss\""),
    CLAIM("55", "typ_bearer_is_accepted", REASON_ACCEPTED, "typ=\"Bearer\""),
    CLAIM("55", "a_session_id_is_accepted", REASON_ACCEPTED, "sid=\"s\""),
    BOUND("a_token_bound_by_jkt_is_refused", "{\"jkt\":\"x\"}"),
    BOUND("a_token_bound_to_a_certificate_is_refused", "{\"x5t#S256\":\"x\"}"),
    BOUND("a_token_bound_to_a_jwk_is_refused", "{\"jwk\":{}}"),
    BOUND("a_token_bound_to_a_kid_is_refused", "{\"kid\":\"x\"}"),
    BOUND("an_empty_cnf_is_refused", "{}"),
    BOUND("cnf_null_is_refused", "null"),
    ACTOR("a_token_with_an_actor_is_refused", "act={\"sub\":\"admin\"}"),
    ACTOR("an_actor_that_is_null_is_refused", "act=null"),
    ACTOR("a_token_that_names_who_may_act_is_refused",
          "may_act={\"sub\":\"admin\"}"),
    ACTOR(
        "nested_actors_are_refused",
        "act={\"sub\":\"a\",\"act\":{\"sub\":\"b\",\"act\":{\"sub\":\"c\"}}}"),
    CLAIM("43", "jti_as_a_number_is_refused", REASON_CLAIM_FORM, "jti=1"),
    CLAIM("43", "jti_null_is_refused", REASON_CLAIM_FORM, "jti=null"),
    CLAIM("43", "jti_of_257_bytes_is_refused", REASON_CLAIM_FORM,
          "jti=\"$x{257}\""),
    CLAIM("43", "jti_with_a_control_character_is_refused", REASON_CLAIM_FORM,
          "jti=\"a\\nb\""),
    CLAIM("43", "jti_of_256_bytes_is_accepted", REASON_ACCEPTED,
          "jti=\"$x{256}\""),
    CLIENT("a_client_named_by_client_id_is_no_person", "client_id=\"$user\""),
    CLIENT("a_client_named_by_azp_is_no_person", "azp=\"$user\""),
    CLIENT("client_credentials_are_no_person", "gty=\"client-credentials\""),
    CLIENT("an_app_of_entra_is_no_person", "idtyp=\"app\""),
    CLIENT("an_idtyp_that_is_neither_is_no_person", "idtyp=\"App \""),
    CLIENT("an_idtyp_that_is_no_string_is_no_person", "idtyp=1"),
    {0},
};
