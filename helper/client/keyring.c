/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/client/keyring.h"

#include "config.h"
#include "helper/client/say.h"

#ifdef WITH_LIBSECRET

#include <libsecret/secret.h>

static const SecretSchema schema = {
    .name = "pam_httpauth.token",
    .flags = SECRET_SCHEMA_NONE,
    .attributes = {{"issuer", SECRET_SCHEMA_ATTRIBUTE_STRING}},
};

bool
keyring_is_built_in(void)
{
    return true;
}

static bool
went_well(bool done, GError *error)
{
    if (error != NULL)
        say("the keyring: %s", error->message);
    else if (!done)
        say("the keyring has nothing for this login");
    g_clear_error(&error);
    return done;
}

bool
keyring_put(const char *issuer, const char *text)
{
    GError *error = NULL;
    char *label = g_strconcat("Token of ", issuer, NULL);
    bool done =
        secret_password_store_sync(&schema, SECRET_COLLECTION_DEFAULT, label,
                                   text, NULL, &error, "issuer", issuer, NULL);

    g_free(label);
    return went_well(done, error);
}

bool
keyring_get(const char *issuer, struct buffer *text)
{
    GError *error = NULL;
    char *found = secret_password_lookup_sync(&schema, NULL, &error, "issuer",
                                              issuer, NULL);
    bool done = found != NULL && buffer_text(text, found);

    secret_password_free(found);
    return went_well(done, error);
}

bool
keyring_remove(const char *issuer)
{
    GError *error = NULL;
    bool done = secret_password_clear_sync(&schema, NULL, &error, "issuer",
                                           issuer, NULL);

    /* Nothing there is what was wanted. */
    return went_well(done || error == NULL, error);
}

#else

bool
keyring_is_built_in(void)
{
    return false;
}

static bool
absent(void)
{
    say("this httpauth-token was built without the keyring (--with-libsecret)");
    return false;
}

bool
keyring_put(const char *issuer, const char *text)
{
    (void)issuer;
    (void)text;
    return absent();
}

bool
keyring_get(const char *issuer, struct buffer *text)
{
    (void)issuer;
    (void)text;
    return absent();
}

bool
keyring_remove(const char *issuer)
{
    (void)issuer;
    return absent();
}

#endif
