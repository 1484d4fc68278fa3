// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: libraries that write to stderr by themselves whenever a call
 * fails. Here they are the real ones, not fakes as in the other tests.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <pthread.h>
#include <poll.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>
#include <xen/io/xs_wire.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "audio.h"
#include "saved_log.h"
#include "store.h"
#include "test.h"
#include "util.h"
#include "xenif.h"

/* so many calls fail, each with a line of the library's or more */
#define CALLS		5000u
/* log.c's */
#define WINDOW_NS	(10 * NSEC_PER_SEC)

static struct log_guest guest_log;
static uint64_t began;

static void begin_lines(void)
{
	log_guest_init(&guest_log, "dom 7 vsnd 0");
	saved_log_begin();
	began = now_ns();
}

static void check_lines(const char *what)
{
	uint64_t windows = (now_ns() - began) / WINDOW_NS + 1;
	const char *text = saved_log_end();
	unsigned int lines = saved_log_count("\n");

	/* with fewer nothing is shown: the library had nothing to say */
	CHECK(lines >= LOG_LINES_MAX);
	CHECK(lines <= windows * LOG_LINES_MAX);
	/* not one is a library's own */
	CHECK_EQ(saved_log_count(": dom 7 vsnd 0: "), lines);
	CHECK(saved_log_count(what) >= LOG_LINES_MAX);
	if (test_failed)
		printf("    %u lines, from \"%.200s\"\n", lines, text);
}

/*
 * The libraries call these. There need be no Xen here: its device nodes are
 * all /dev/null, on which whatever the libraries want fails.
 */
int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list ap;

	va_start(ap, flags);
	if (flags & O_CREAT)
		mode = va_arg(ap, mode_t);
	va_end(ap);
	if (!strncmp(path, "/dev/xen/", 9))
		path = "/dev/null";
	return (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}

int __open_2(const char *path, int flags);
int __open_2(const char *path, int flags)
{
	return open(path, flags);
}

/* Grants that cannot be mapped. */
static void xen_speaks(void)
{
	uint32_t ref = 8;
	struct xenif *x;
	unsigned int i;

	begin_lines();
	for (i = 0; i < CALLS; i++) {
		x = xenif_open(7, &guest_log);
		CHECK(x);
		if (!x)
			break;
		errno = 0;
		CHECK(!xenif_map(x, &ref, 1, true));
		CHECK_EQ(errno, ENOTTY);
		xenif_close(x);
	}
	check_lines("gnttab: ioctl MAP_GRANT_REF failed");
}

/* Each has not been tried before, as one of many streams. */
static void alsa_speaks(void)
{
	struct snd_params p = {
		.rate = 48000, .format = XENSND_PCM_FORMAT_S16_LE,
		.channels = 2, .unit_frames = 1, .unit_bytes = 4,
		.buffer_sz = 16384, .period_sz = 4096,
	};
	struct audio_id id = { .domid = 7, .unique_id = "pb0" };
	struct audio *a;
	unsigned int i;

	begin_lines();
	for (i = 0; i < CALLS; i++) {
		a = audio_new("alsa:nonesuch", false, &id, &guest_log);
		CHECK(a);
		if (!a)
			break;
		CHECK(!a->ops->open(a, &p));
		a->ops->close(a);
		audio_free(a);
	}
	check_lines("Unknown PCM nonesuch");
}

/* A xenstored that answers one request, then dies. */
static void answer_request(int fd)
{
	struct xsd_sockmsg msg;
	char body[4096];

	if (read(fd, &msg, sizeof(msg)) != sizeof(msg) ||
	    read(fd, body, msg.len) != (ssize_t)msg.len)
		return;
	msg.len = 3;
	memcpy(body, &msg, sizeof(msg));
	memcpy(body + sizeof(msg), "OK", 3);
	CHECK_EQ(write(fd, body, sizeof(msg) + 3), sizeof(msg) + 3);
}

/* The first request comes before the second connection. */
static void *brief_xenstored(void *arg)
{
	int fd = accept(*(int *)arg, NULL, NULL), idle;

	answer_request(fd);
	idle = accept(*(int *)arg, NULL, NULL);
	answer_request(fd);
	usleep(200000);
	close(fd);
	close(idle);
	return NULL;
}

static int listen_as_xenstored(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(addr.sun_path, sizeof(addr.sun_path), "%s/socket", test_dir);
	unlink(addr.sun_path);
	CHECK(!bind(fd, (struct sockaddr *)&addr, sizeof(addr)) && !listen(fd, 2));
	setenv("XENSTORED_RUNDIR", test_dir, 1);
	return fd;
}

/* It is seen at once, and what is called after it neither hangs nor crashes. */
static void store_lost(void)
{
	struct pollfd pfd = { .events = POLLIN };
	int fd = listen_as_xenstored();
	struct store *st;
	pthread_t thread;
	char path[16];

	CHECK(!pthread_create(&thread, NULL, brief_xenstored, &fd));
	st = store_open();
	CHECK(st != NULL);
	CHECK(store_watch(st, "/a", "b"));
	pfd.fd = store_lost_fd(st);
	CHECK(pfd.fd >= 0);
	CHECK_EQ(poll(&pfd, 1, 50), 0);
	CHECK_EQ(poll(&pfd, 1, 5000), 1);
	CHECK(!store_event(st, path, sizeof(path)));
	CHECK(!store_read(st, "/a", "b"));
	store_unwatch(st, "/a", "b");
	store_close(st);
	pthread_join(thread, NULL);
	close(fd);
	unsetenv("XENSTORED_RUNDIR");
}

/* As the kernel's device in Dom0, while no xenstored runs. */
static void store_silent(void)
{
	int fd = listen_as_xenstored(), status = 0;
	uint64_t t0 = now_ns();
	pid_t pid;

	saved_log_begin();
	pid = fork();
	if (!pid) {
		store_open();
		_exit(0);
	}
	CHECK_EQ(waitpid(pid, &status, 0), pid);
	saved_log_end();
	CHECK(WIFEXITED(status) && WEXITSTATUS(status) == STORE_EXIT_LOST);
	CHECK(now_ns() - t0 >= STORE_ANSWER_SECONDS * NSEC_PER_SEC);
	CHECK_EQ(saved_log_count("error: XenStore: no answer in 10 s, is xenstored running?\n"),
		 1);
	close(fd);
	unsetenv("XENSTORED_RUNDIR");
}

const struct test libs_tests[] = {
	{ "libraries: Xen's cannot flood the log", xen_speaks },
	{ "libraries: alsa-lib cannot flood the log", alsa_speaks },
	{ "libraries: XenStore goes away", store_lost },
	{ "libraries: XenStore does not answer", store_silent },
	{ NULL, NULL },
};
