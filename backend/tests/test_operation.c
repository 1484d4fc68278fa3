// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: one daemon for each domain, messages to the service
 * manager and to the journal, bursts.
 */
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "burst.h"
#include "instance.h"
#include "log.h"
#include "notify.h"
#include "saved_log.h"
#include "test.h"

/* ---- one daemon ---- */

static pid_t start_holder(const char *path)
{
	char c = 0;
	int fds[2];
	pid_t pid;

	if (pipe(fds))
		return -1;
	pid = fork();
	if (!pid) {
		c = instance_lock(path) ? 'y' : 'n';
		if (write(fds[1], &c, 1) == 1)
			pause();
		_exit(0);
	}
	if (read(fds[0], &c, 1) != 1)
		c = 0;
	close(fds[0]);
	close(fds[1]);
	CHECK_EQ(c, 'y');
	return pid;
}

static void second_instance(void)
{
	char path[96];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/node", test_dir);
	fclose(fopen(path, "w"));
	pid = start_holder(path);
	saved_log_begin();
	CHECK(!instance_lock(path));
	saved_log_end();
	CHECK_EQ(saved_log_count("\n"), 1);
	CHECK_EQ(saved_log_count("another xen-snd-back serves this domain"), 1);
	/* the lock ends with its process, however that ends */
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	pid = start_holder(path);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void missing_node(void)
{
	char path[96];

	snprintf(path, sizeof(path), "%s/evtchn", test_dir);
	saved_log_begin();
	CHECK(!device_node_usable(path, "xen-evtchn"));
	saved_log_end();
	CHECK_EQ(saved_log_count("\n"), 1);
	CHECK_EQ(saved_log_count(path), 1);
	CHECK_EQ(saved_log_count("the module xen-evtchn"), 1);
	fclose(fopen(path, "w"));
	CHECK(device_node_usable(path, "xen-evtchn"));
}

/* ---- the service manager ---- */

static int open_manager(const char *name)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);

	strcpy(addr.sun_path, name);
	if (*name == '@')
		addr.sun_path[0] = '\0';
	CHECK(!bind(fd, (struct sockaddr *)&addr,
		    (socklen_t)(offsetof(struct sockaddr_un, sun_path) +
				strlen(name) + (*name != '@'))));
	setenv("NOTIFY_SOCKET", name, 1);
	return fd;
}

static void check_message(int fd, const char *text)
{
	char buf[256] = "";
	ssize_t n = recv(fd, buf, sizeof(buf) - 1, 0);

	CHECK_EQ(n, strlen(text));
	CHECK(!strcmp(buf, text));
}

static void manager_hears(void)
{
	char path[96];
	int fd, i;

	snprintf(path, sizeof(path), "%s/notify", test_dir);
	fd = open_manager(path);
	notify_manager("READY=1\nSTATUS=%u cards", 3u);
	check_message(fd, "READY=1\nSTATUS=3 cards");
	/* a manager that does not read does not stop the daemon */
	for (i = 0; i < 10000; i++)
		notify_manager("WATCHDOG=1");
	close(fd);
	notify_manager("STOPPING=1");
	snprintf(path, sizeof(path), "@xsb-test-%d", (int)getpid());
	fd = open_manager(path);
	notify_manager("STOPPING=1");
	check_message(fd, "STOPPING=1");
	close(fd);
	/* what is no socket's name */
	setenv("NOTIFY_SOCKET", "relative", 1);
	notify_manager("READY=1");
	unsetenv("NOTIFY_SOCKET");
	notify_manager("READY=1");
}

static void test_watchdog(void)
{
	char pid[16];

	CHECK_EQ(notify_watchdog_ns(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	CHECK_EQ(notify_watchdog_ns(), 15 * NSEC_PER_SEC);
	/* WatchdogSec=2h */
	setenv("WATCHDOG_USEC", "7200000000", 1);
	CHECK_EQ(notify_watchdog_ns(), 3600 * NSEC_PER_SEC);
	setenv("WATCHDOG_USEC", "18446744073709551616", 1);
	CHECK_EQ(notify_watchdog_ns(), 0);
	setenv("WATCHDOG_USEC", "30000000", 1);
	snprintf(pid, sizeof(pid), "%d", (int)getpid());
	setenv("WATCHDOG_PID", pid, 1);
	CHECK_EQ(notify_watchdog_ns(), 15 * NSEC_PER_SEC);
	setenv("WATCHDOG_PID", "1", 1);
	CHECK_EQ(notify_watchdog_ns(), 0);
	unsetenv("WATCHDOG_PID");
	setenv("WATCHDOG_USEC", "soon", 1);
	CHECK_EQ(notify_watchdog_ns(), 0);
	unsetenv("WATCHDOG_USEC");
}

/* ---- the log ---- */

static void test_journal(void)
{
	static const char lines[] =
		"<3>one\n<4>two\n<6>dom 7 vsnd 0: three?<0>four\n[";
	struct log_guest g;
	char stream[64];
	const char *text;
	struct stat st;

	log_guest_init(&g, "dom 7 vsnd 0");
	saved_log_begin();
	fstat(STDERR_FILENO, &st);
	snprintf(stream, sizeof(stream), "%llu:%llu",
		 (unsigned long long)st.st_dev, (unsigned long long)st.st_ino);
	setenv("JOURNAL_STREAM", stream, 1);
	log_open();
	log_msg(LVL_ERROR, "one");
	log_msg(LVL_WARN, "two");
	log_for(&g, LVL_INFO, "three\n<0>four");
	/* not the journal, but another file */
	setenv("JOURNAL_STREAM", "1:1", 1);
	log_open();
	log_msg(LVL_ERROR, "five");
	unsetenv("JOURNAL_STREAM");
	log_open();
	text = saved_log_end();
	CHECK(!strncmp(text, lines, strlen(lines)));
	CHECK_EQ(saved_log_count("] error: five\n"), 1);
}

static void test_bursts(void)
{
	struct burst b = { 0 };
	uint64_t now = 5 * NSEC_PER_SEC;

	CHECK(!burst_begins(&b, 0, now));
	CHECK(burst_begins(&b, 1, now));
	CHECK(!burst_begins(&b, 1, now + 1));
	CHECK(!burst_begins(&b, 7, now + 9 * NSEC_PER_SEC));
	/* it lasts as long as there are more */
	CHECK(!burst_begins(&b, 8, now + 18 * NSEC_PER_SEC));
	CHECK(!burst_begins(&b, 8, now + 40 * NSEC_PER_SEC));
	CHECK(burst_begins(&b, 9, now + 41 * NSEC_PER_SEC));
	/* counted from 0 again */
	CHECK(!burst_begins(&b, 0, now + 60 * NSEC_PER_SEC));
	CHECK(burst_begins(&b, 1, now + 60 * NSEC_PER_SEC));
}

const struct test operation_tests[] = {
	{ "operation: a second daemon", second_instance },
	{ "operation: a missing device node", missing_node },
	{ "operation: messages to the service manager", manager_hears },
	{ "operation: its watchdog", test_watchdog },
	{ "operation: priorities for the journal", test_journal },
	{ "operation: one line for each burst", test_bursts },
	{ NULL, NULL },
};
