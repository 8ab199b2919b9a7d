/* A time limit for a test program: a hang is a failure that names the last check before it. */

#ifndef TIME_LIMIT_H
#define TIME_LIMIT_H

#if defined(__unix__) || defined(__APPLE__)

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* In seconds: for a whole program, also under valgrind and on a busy machine. */
#ifndef TIME_LIMIT
#define TIME_LIMIT 240
#endif

/* The last check of this thread: those of other threads must not race. */
__extension__ static __thread int time_limit_line;

#define TIME_LIMIT_CHECK() (time_limit_line = __LINE__)

static inline void time_limit_over(int signal_number)
{
    char text[512];
    ssize_t written;

    (void)signal_number;
    snprintf(text, sizeof text, "%s: not done after %d s; the last check was in line %d\n", __BASE_FILE__,
             TIME_LIMIT, time_limit_line);
    written = write(2, text, strlen(text));
    (void)written;
    _exit(1);
}

__attribute__((constructor)) static void time_limit_start(void)
{
    signal(SIGALRM, time_limit_over);
    alarm(TIME_LIMIT);
}

#else
#define TIME_LIMIT_CHECK() ((void)0)
#endif

#endif /* TIME_LIMIT_H */
