/* SPDX-License-Identifier: BSD-2-Clause */
#include "helper/http/offloop.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <time.h>

#define CONNECTIONS_KEPT 8L /* per thread */
#define TURN_MS 1000        /* curl's own timers come earlier */
/* How long the end of the program waits for threads that only have to
 * notice. */
#define FAREWELL_MS 200

enum job_state { JOB_WAITING, JOB_RUNNING, JOB_FINISHED };

struct worker {
    struct offloop *offloop;
    pthread_t thread;
    bool started;
    CURLM *multi;            /* NULL: nothing to wake */
    struct offloop_job *job; /* under way */
};

struct offloop_job {
    struct offloop_job *next; /* in the list of its state */
    enum job_state state;
    bool given_up;
    struct transfer *transfer;
    CURLcode code;
    offloop_done *done;
    void *context;
};

/* Shared with the threads, under `lock`; the last one out frees it. */
struct offloop {
    pthread_mutex_t lock;
    pthread_cond_t work, ended;
    unsigned owners; /* the loop, what it is calling, each thread */
    bool closing;
    struct offloop_job *waiting, *finished;
    unsigned waiting_count, idle, running;
    struct worker worker[OFFLOOP_THREADS];
    uv_async_t *async; /* freed by its close callback */
};

/* Unlocks. */
static void
leave(struct offloop *o)
{
    bool last = --o->owners == 0;

    pthread_mutex_unlock(&o->lock);
    if (!last)
        return;
    pthread_mutex_destroy(&o->lock);
    pthread_cond_destroy(&o->work);
    pthread_cond_destroy(&o->ended);
    free(o);
}

static void
append(struct offloop_job **list, struct offloop_job *job)
{
    while (*list != NULL)
        list = &(*list)->next;
    job->next = NULL;
    *list = job;
}

static struct offloop_job *
take_first(struct offloop_job **list)
{
    struct offloop_job *job = *list;

    if (job != NULL)
        *list = job->next;
    return job;
}

static void
unlink_job(struct offloop_job **list, struct offloop_job *job)
{
    while (*list != job)
        list = &(*list)->next;
    *list = job->next;
}

static void
job_free(struct offloop_job *job)
{
    transfer_free(job->transfer);
    free(job);
}

/* --- a thread --- */

static bool
is_given_up(struct worker *w)
{
    bool given_up;

    pthread_mutex_lock(&w->offloop->lock);
    given_up = w->job->given_up;
    pthread_mutex_unlock(&w->offloop->lock);
    return given_up;
}

/* Not curl_easy_perform(): a multi handle can be woken. */
static CURLcode
perform(struct worker *w, CURL *easy)
{
    CURLcode code = CURLE_ABORTED_BY_CALLBACK;
    CURLMsg *message;
    int running = 1, left;

    if (curl_multi_add_handle(w->multi, easy) != CURLM_OK)
        return CURLE_OUT_OF_MEMORY;
    while (!is_given_up(w) &&
           curl_multi_perform(w->multi, &running) == CURLM_OK && running > 0)
        curl_multi_poll(w->multi, NULL, 0, TURN_MS, NULL);
    while ((message = curl_multi_info_read(w->multi, &left)) != NULL) {
        if (message->msg == CURLMSG_DONE)
            code = message->data.result;
    }
    curl_multi_remove_handle(w->multi, easy);
    return code;
}

/* Called with the lock; gives it away meanwhile. */
static void
run(struct worker *w, struct offloop_job *job)
{
    struct offloop *o = w->offloop;

    job->state = JOB_RUNNING;
    w->job = job;
    pthread_mutex_unlock(&o->lock);
    job->code = perform(w, job->transfer->easy);
    pthread_mutex_lock(&o->lock);
    w->job = NULL;
    if (!job->given_up) {
        job->state = JOB_FINISHED;
        append(&o->finished, job);
        uv_async_send(o->async);
        return;
    }
    pthread_mutex_unlock(&o->lock);
    job_free(job);
    pthread_mutex_lock(&o->lock);
}

static void *
work(void *context)
{
    struct worker *w = context;
    struct offloop *o = w->offloop;
    CURLM *multi;

    pthread_mutex_lock(&o->lock);
    while (!o->closing) {
        struct offloop_job *job = take_first(&o->waiting);

        if (job != NULL) {
            o->waiting_count--;
            run(w, job);
            continue;
        }
        o->idle++;
        pthread_cond_wait(&o->work, &o->lock);
        o->idle--;
    }
    multi = w->multi;
    w->multi = NULL;
    pthread_mutex_unlock(&o->lock);
    curl_multi_cleanup(multi);
    pthread_mutex_lock(&o->lock);
    o->running--;
    pthread_cond_signal(&o->ended);
    leave(o);
    return NULL;
}

/* --- the loop --- */

static void
on_finished(uv_async_t *async)
{
    struct offloop *o = async->data;
    struct offloop_job *job;

    pthread_mutex_lock(&o->lock);
    o->owners++; /* `done` may free us */
    while ((job = take_first(&o->finished)) != NULL) {
        pthread_mutex_unlock(&o->lock);
        job->done(job->context, job->code);
        free(job);
        pthread_mutex_lock(&o->lock);
    }
    leave(o);
}

static void
async_closed(uv_handle_t *async)
{
    free(async);
}

struct offloop *
offloop_new(uv_loop_t *loop)
{
    struct offloop *o = calloc(1, sizeof(*o));
    uv_async_t *async = calloc(1, sizeof(*async));
    pthread_condattr_t monotonic;

    if (o == NULL || async == NULL ||
        uv_async_init(loop, async, on_finished) != 0) {
        free(o);
        free(async);
        return NULL;
    }
    /* The deadline of a request keeps the loop alive, not this. */
    uv_unref((uv_handle_t *)async);
    async->data = o;
    o->async = async;
    o->owners = 1;
    pthread_condattr_init(&monotonic);
    pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
    pthread_mutex_init(&o->lock, NULL);
    pthread_cond_init(&o->work, NULL);
    pthread_cond_init(&o->ended, &monotonic);
    pthread_condattr_destroy(&monotonic);
    return o;
}

/* With the lock. */
static void
wait_for_threads(struct offloop *o)
{
    struct timespec until;

    clock_gettime(CLOCK_MONOTONIC, &until);
    until.tv_nsec += FAREWELL_MS * 1000000L;
    if (until.tv_nsec >= 1000000000L) {
        until.tv_nsec -= 1000000000L;
        until.tv_sec++;
    }
    while (o->running > 0 &&
           pthread_cond_timedwait(&o->ended, &o->lock, &until) != ETIMEDOUT)
        ;
}

bool
offloop_free(struct offloop *o)
{
    bool all_ended;

    if (o == NULL)
        return true;
    pthread_mutex_lock(&o->lock);
    o->closing = true;
    pthread_cond_broadcast(&o->work);
    for (size_t i = 0; i < OFFLOOP_THREADS; i++) {
        if (o->worker[i].multi != NULL)
            curl_multi_wakeup(o->worker[i].multi);
    }
    wait_for_threads(o);
    all_ended = o->running == 0;
    uv_close((uv_handle_t *)o->async, async_closed);
    pthread_mutex_unlock(&o->lock);
    for (size_t i = 0; i < OFFLOOP_THREADS; i++) {
        if (!o->worker[i].started)
            continue;
        if (all_ended)
            pthread_join(o->worker[i].thread, NULL);
        else
            pthread_detach(o->worker[i].thread);
    }
    pthread_mutex_lock(&o->lock);
    leave(o);
    return all_ended;
}

/* With the lock.  Signals are the loop's. */
static bool
start_thread(struct offloop *o)
{
    struct worker *w = &o->worker[o->running];
    sigset_t all, before;

    w->offloop = o;
    w->multi = curl_multi_init();
    if (w->multi == NULL)
        return false;
    curl_multi_setopt(w->multi, CURLMOPT_MAXCONNECTS, CONNECTIONS_KEPT);
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    w->started = pthread_create(&w->thread, NULL, work, w) == 0;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!w->started) {
        curl_multi_cleanup(w->multi);
        w->multi = NULL;
        return false;
    }
    o->running++;
    o->owners++;
    return true;
}

struct offloop_job *
offloop_add(struct offloop *o, struct transfer *transfer, offloop_done *done,
            void *context)
{
    struct offloop_job *job = calloc(1, sizeof(*job));
    bool taken = false;

    if (job == NULL)
        return NULL;
    job->transfer = transfer;
    job->done = done;
    job->context = context;
    pthread_mutex_lock(&o->lock);
    if (o->waiting_count < OFFLOOP_WAITING_MAX &&
        (o->waiting_count < o->idle || o->running == OFFLOOP_THREADS ||
         start_thread(o) || o->running > 0)) {
        taken = true;
        append(&o->waiting, job);
        o->waiting_count++;
        pthread_cond_signal(&o->work);
    }
    pthread_mutex_unlock(&o->lock);
    if (!taken) {
        free(job);
        job = NULL;
    }
    return job;
}

void
offloop_drop(struct offloop *o, struct offloop_job *job)
{
    pthread_mutex_lock(&o->lock);
    if (job->state == JOB_WAITING) {
        unlink_job(&o->waiting, job);
        o->waiting_count--;
    } else if (job->state == JOB_FINISHED) {
        unlink_job(&o->finished, job);
    } else {
        job->given_up = true;
        for (size_t i = 0; i < OFFLOOP_THREADS; i++) {
            if (o->worker[i].job == job)
                curl_multi_wakeup(o->worker[i].multi);
        }
        job = NULL; /* the thread's now */
    }
    pthread_mutex_unlock(&o->lock);
    if (job != NULL)
        job_free(job);
}
