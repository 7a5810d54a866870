// lock KIND: increments of a number by two processes at once, under a "lock" or "rlock", which are robust mutexes of
// the C library, or a "semaphore".
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>

#include "clock.h"

struct shared {
    pthread_mutex_t mutex;
    sem_t semaphore;
    pthread_barrier_t meeting;
    volatile int64_t number;
    bool is_semaphore;
};

static void add(struct shared *s, uint64_t n)
{
    for (uint64_t i = 0; i < n; i++) {
        if (s->is_semaphore) {
            while (sem_wait(&s->semaphore) != 0) {
            }
            s->number = s->number + 1;
            sem_post(&s->semaphore);
        } else {
            if (pthread_mutex_lock(&s->mutex) != 0) clock_die("pthread_mutex_lock");
            s->number = s->number + 1;
            pthread_mutex_unlock(&s->mutex);
        }
    }
}

static double run(uint64_t n, const void *arg)
{
    struct shared *s = *(struct shared *const *)arg;
    pid_t pids[2];
    for (int i = 0; i < 2; i++) {
        pids[i] = clock_fork();
        if (pids[i] == 0) {
            pthread_barrier_wait(&s->meeting);
            add(s, n);
            pthread_barrier_wait(&s->meeting);
            _exit(0);
        }
    }
    pthread_barrier_wait(&s->meeting);
    double begin = clock_seconds();
    pthread_barrier_wait(&s->meeting);
    double took = clock_seconds() - begin;
    for (int i = 0; i < 2; i++) clock_wait(pids[i]);
    return took;
}

static void make_mutex(pthread_mutex_t *mutex, int type)
{
    pthread_mutexattr_t how;
    pthread_mutexattr_init(&how);
    pthread_mutexattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_mutexattr_setrobust(&how, PTHREAD_MUTEX_ROBUST);
    pthread_mutexattr_settype(&how, type);
    pthread_mutex_init(mutex, &how);
}

int main(int argc, char **argv)
{
    const char *kind = argc > 1 ? argv[1] : "lock";
    struct shared *s = clock_share(sizeof *s);
    pthread_barrierattr_t how;
    pthread_barrierattr_init(&how);
    pthread_barrierattr_setpshared(&how, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&s->meeting, &how, 3);
    make_mutex(&s->mutex, strcmp(kind, "rlock") == 0 ? PTHREAD_MUTEX_RECURSIVE : PTHREAD_MUTEX_NORMAL);
    sem_init(&s->semaphore, 1, 1);
    s->is_semaphore = strcmp(kind, "semaphore") == 0;
    return clock_measure(run, &s, 2);
}
