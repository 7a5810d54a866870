#include "bind/curl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <stdio.h>

#include "bind/http.h"

struct lcurl lcurl;

static const struct {
    const char *name;
    void *at;
} functions[] = {{"curl_global_init", &lcurl.global_init},
                 {"curl_getdate", &lcurl.getdate},
                 {"curl_free", &lcurl.free},
                 {"curl_easy_init", &lcurl.easy_init},
                 {"curl_easy_setopt", &lcurl.easy_setopt},
                 {"curl_easy_getinfo", &lcurl.easy_getinfo},
                 {"curl_easy_cleanup", &lcurl.easy_cleanup},
                 {"curl_easy_strerror", &lcurl.easy_strerror},
                 {"curl_multi_init", &lcurl.multi_init},
                 {"curl_multi_add_handle", &lcurl.multi_add_handle},
                 {"curl_multi_remove_handle", &lcurl.multi_remove_handle},
                 {"curl_multi_perform", &lcurl.multi_perform},
                 {"curl_multi_poll", &lcurl.multi_poll},
                 {"curl_multi_info_read", &lcurl.multi_info_read},
                 {"curl_multi_cleanup", &lcurl.multi_cleanup},
                 {"curl_share_init", &lcurl.share_init},
                 {"curl_share_setopt", &lcurl.share_setopt},
                 {"curl_share_cleanup", &lcurl.share_cleanup},
                 {"curl_slist_append", &lcurl.slist_append},
                 {"curl_slist_free_all", &lcurl.slist_free_all},
                 {"curl_url", &lcurl.url},
                 {"curl_url_set", &lcurl.url_set},
                 {"curl_url_get", &lcurl.url_get},
                 {"curl_url_strerror", &lcurl.url_strerror},
                 {"curl_url_cleanup", &lcurl.url_cleanup}};

static pthread_once_t once = PTHREAD_ONCE_INIT;
static char why_not[256];

static bool find_functions(void *library)
{
    for (size_t i = 0; i < sizeof functions / sizeof *functions; i++) {
        void *f = dlsym(library, functions[i].name);
        if (!f) return false;
        *(void **)functions[i].at = f;
    }
    return true;
}

static void load(void)
{
    void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library || !find_functions(library)) {
        snprintf(why_not, sizeof why_not, "%s", dlerror());
    } else if (lcurl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
        snprintf(why_not, sizeof why_not, "it could not be initialised");
    } else {
        lhttp_watch_forks();
    }
}

void lcurl_load(lua_State *L)
{
    pthread_once(&once, load);
    if (!why_not[0]) return;
    lmp_place(L);
    lua_pushfstring(L, "mp.http needs libcurl (Debian's package libcurl4): %s", why_not);
    lua_concat(L, 2);
    lua_error(L);
}
