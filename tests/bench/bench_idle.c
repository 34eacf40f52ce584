/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_idle CAFILE: a program that only initialises what the helper links -
 * OpenSSL with a CA file in an X509_STORE, libcurl, jansson, a libuv loop -
 * and prints its resident memory in kilobytes. The floor that the helper's
 * is compared with.
 */
#include <curl/curl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <string.h>
#include <uv.h>

int
main(int argc, char **argv)
{
    uv_loop_t loop;
    SSL_CTX *tls = SSL_CTX_new(TLS_client_method());
    CURLM *multi;
    json_t *json = json_object();
    char line[256];
    FILE *status;

    curl_global_init(CURL_GLOBAL_DEFAULT);
    multi = curl_multi_init();
    uv_loop_init(&loop);
    if (argc != 2 || multi == NULL || json == NULL ||
        SSL_CTX_load_verify_locations(tls, argv[1], NULL) != 1)
        return 2;
    status = fopen("/proc/self/status", "r");
    while (fgets(line, sizeof(line), status) != NULL)
        if (strncmp(line, "VmRSS:", 6) == 0)
            fputs(line + 6, stdout);
    fclose(status);
    json_decref(json);
    curl_multi_cleanup(multi);
    SSL_CTX_free(tls);
    uv_loop_close(&loop);
    curl_global_cleanup();
    return 0;
}
