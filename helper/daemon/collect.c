/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/daemon/collect.h"

#include <string.h>

#include "helper/base/clock.h"
#include "helper/base/log.h"
#include "helper/policy/secrets.h"
#include "helper/wire/wire.h"

/* Is the credential itself a token, and no password? */
static bool
is_token(struct way way)
{
    return way.method != METHOD_HOST_PASSWORD &&
           !(way.asks &&
             (way.kind == ASK_EXCHANGE || way.kind == ASK_DEVICE_TOKEN ||
              way.kind == ASK_HTTP_PASSWORD));
}

static void
list_files(const struct judge *j, int64_t wanted, struct wire_files *files)
{
    struct span lines = j->secrets, name, value;

    if ((wanted & FILE_TOKEN) != 0 && is_token(j->way))
        files->file[files->count++].content = j->credential;
    if ((wanted & FILE_SECRETS) == 0)
        return;
    while (files->count < WIRE_FILES_MAX && secrets_next(&lines, &name, &value))
        files->file[files->count++] = (struct wire_file){name, value};
}

bool
collect_wants_secrets(const struct judge *j, const struct helper_issuer *issuer)
{
    const struct service_conf *service =
        config_service(j->helper->config, j->who.service);

    return service != NULL && (service->session_files & FILE_SECRETS) != 0 &&
           issuer_conf(issuer->issuer)->secrets.count > 0;
}

void
collect_keep(const struct judge *j, const unsigned char id[LOGIN_ID_LEN])
{
    const struct service_conf *service =
        config_service(j->helper->config, j->who.service);
    struct buffer packet = BUFFER_INIT(WIRE_PACKET_MAX);
    struct wire_files files = {.count = 0};

    if (service == NULL || service->session_files == 0)
        return;
    memcpy(files.login, id, LOGIN_ID_LEN);
    list_files(j, service->session_files, &files);
    if (files.count > 0 &&
        (!wire_put_files(&packet, &files) ||
         !parcels_put(j->helper->parcels, id, buffer_span(&packet),
                      clock_boot_ms())))
        log_warning("session_files: no memory to keep them");
    buffer_free(&packet);
}
