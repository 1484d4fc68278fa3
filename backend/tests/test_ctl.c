// SPDX-License-Identifier: MIT
/*
 * xen-snd-back tests: xen-snd-ctl's socket and requests.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "ctl_command.h"
#include "ctl_socket.h"
#include "fake_store.h"
#include "number.h"
#include "saved_log.h"
#include "test.h"
#include "util.h"

static struct ctl *ctl;
static struct config config;
static struct ctl_target target = { .config = &config };
/* how long the answers are beside what was asked, for answer_echo() */
static size_t ballast;

static void answer_echo(void *arg, char *line, struct report *r)
{
	char *more = calloc(1, ballast + 1);

	(void)arg;
	memset(more, 'x', ballast);
	report_begin(r, false);
	report_record(r, "echo");
	report_text(r, "line", line);
	report_text(r, "more", more);
	report_end(r, NULL);
	free(more);
}

/* A client of the socket without a path. */
static int join_client(void)
{
	int fds[2];

	CHECK(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds));
	ctl_adopt(ctl, fds[1]);
	return fds[0];
}

static void send_text(int fd, const char *text)
{
	CHECK_EQ(send(fd, text, strlen(text), MSG_NOSIGNAL), strlen(text));
}

/* What has come so far; the socket gets some turns first. */
static const char *get_text(int fd)
{
	static char buf[65536];
	size_t len = 0;
	ssize_t n;
	int i;

	for (i = 0; i < 10; i++) {
		ctl_step(ctl);
		while ((n = recv(fd, buf + len, sizeof(buf) - 1 - len, 0)) > 0)
			len += (size_t)n;
	}
	buf[len] = '\0';
	return buf;
}

static bool is_closed(int fd)
{
	char c;

	return recv(fd, &c, 1, 0) == 0;
}

static void test_requests(void)
{
	int fd;

	ballast = 0;
	ctl = ctl_open(NULL, NULL, answer_echo, NULL);
	fd = join_client();
	CHECK(!strcmp(get_text(fd), ""));
	send_text(fd, "on");
	CHECK(!strcmp(get_text(fd), ""));
	send_text(fd, "e\ntwo\n\nthr");
	CHECK(!strcmp(get_text(fd), "echo line=one more=\nok\necho line=two more=\nok\necho line= more=\nok\n"));
	send_text(fd, "ee\n");
	CHECK(!strcmp(get_text(fd), "echo line=three more=\nok\n"));
	/* no more requests: the answer comes all the same */
	send_text(fd, "four\n");
	shutdown(fd, SHUT_WR);
	CHECK(!strcmp(get_text(fd), "echo line=four more=\nok\n"));
	CHECK(is_closed(fd));
	close(fd);
	ctl_close(ctl);
}

static void long_request(void)
{
	char text[4 * CTL_LINE_MAX];
	int fd;

	ctl = ctl_open(NULL, NULL, answer_echo, NULL);
	fd = join_client();
	memset(text, 'a', sizeof(text));
	CHECK_EQ(send(fd, text, sizeof(text), MSG_NOSIGNAL), sizeof(text));
	CHECK(!strcmp(get_text(fd), "error a request is longer than 512 bytes\n"));
	/* with bytes unread a socket ends with an error */
	CHECK(recv(fd, text, 1, 0) <= 0 && errno != EAGAIN);
	close(fd);
	/* the longest */
	fd = join_client();
	text[CTL_LINE_MAX - 1] = '\n';
	text[CTL_LINE_MAX] = '\0';
	send_text(fd, text);
	CHECK(!strncmp(get_text(fd), "echo line=aaa", 13));
	close(fd);
	/* not carried out as far as the NUL */
	fd = join_client();
	CHECK_EQ(send(fd, "mute a\0b\n", 10, MSG_NOSIGNAL), 10);
	CHECK(!strcmp(get_text(fd), "error a request has a NUL byte\n"));
	CHECK(is_closed(fd));
	close(fd);
	ctl_close(ctl);
}

/* One that does not read its answer keeps nobody waiting, and no more for itself. */
static void slow_client(void)
{
	struct pollfd fds[CTL_MAX_FDS];
	int slow, fd, i;

	ctl = ctl_open(NULL, NULL, answer_echo, NULL);
	slow = join_client();
	ballast = 3u << 20;
	send_text(slow, "a\nb\nc\n");
	for (i = 0; i < 10; i++)
		ctl_step(ctl);
	ballast = 0;
	fd = join_client();
	send_text(fd, "quick\n");
	CHECK(!strcmp(get_text(fd), "echo line=quick more=\nok\n"));
	CHECK_EQ(ctl_pollfds(ctl, fds), 3);
	CHECK_EQ(fds[1].events, POLLOUT);
	CHECK(ctl_deadline(ctl) <= now_ns() + 10 * NSEC_PER_SEC);
	close(slow);
	for (i = 0; i < 10; i++)
		ctl_step(ctl);
	CHECK_EQ(ctl_pollfds(ctl, fds), 2);
	close(fd);
	ctl_close(ctl);
}

static void many_clients(void)
{
	struct pollfd fds[CTL_MAX_FDS];
	int first = -1, fd = -1, i;

	ctl = ctl_open(NULL, NULL, answer_echo, NULL);
	first = join_client();
	for (i = 0; i < 20; i++) {
		if (fd >= 0)
			close(fd);
		fd = join_client();
	}
	CHECK(ctl_pollfds(ctl, fds) <= CTL_MAX_FDS);
	CHECK(is_closed(first));
	send_text(fd, "a\n");
	CHECK(!strcmp(get_text(fd), "echo line=a more=\nok\n"));
	close(first);
	close(fd);
	ctl_close(ctl);
}

/* The daemon has no descriptor free: it does not try all the time. */
static void no_descriptor(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	struct pollfd fds[CTL_MAX_FDS];
	struct rlimit before, none;
	char path[96];
	int fd;

	snprintf(path, sizeof(path), "%s/ctl", test_dir);
	strcpy(addr.sun_path, path);
	ctl = ctl_open(path, NULL, answer_echo, NULL);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	CHECK(!connect(fd, (struct sockaddr *)&addr, sizeof(addr)));
	send_text(fd, "a\n");
	CHECK(!getrlimit(RLIMIT_NOFILE, &before));
	none = before;
	none.rlim_cur = 0;
	CHECK(!setrlimit(RLIMIT_NOFILE, &none));
	ctl_step(ctl);
	CHECK(!setrlimit(RLIMIT_NOFILE, &before));
	CHECK_EQ(ctl_pollfds(ctl, fds), 1);
	CHECK_EQ(fds[0].fd, -1);
	CHECK(ctl_deadline(ctl) <= now_ns() + NSEC_PER_SEC);
	CHECK(!*get_text(fd));
	usleep(200000);
	CHECK(!strcmp(get_text(fd), "echo line=a more=\nok\n"));
	CHECK_EQ(ctl_pollfds(ctl, fds), 2);
	CHECK(fds[0].fd >= 0);
	close(fd);
	ctl_close(ctl);
}

static void test_permissions(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char path[96];
	struct stat st;
	int fd;

	ballast = 0;
	snprintf(path, sizeof(path), "%s/ctl", test_dir);
	ctl = ctl_open(path, NULL, answer_echo, NULL);
	CHECK(!stat(path, &st));
	CHECK_EQ(st.st_mode & 0777, 0600);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
	strcpy(addr.sun_path, path);
	CHECK(!connect(fd, (struct sockaddr *)&addr, sizeof(addr)));
	send_text(fd, "a\n");
	CHECK(!strcmp(get_text(fd), "echo line=a more=\nok\n"));
	close(fd);
	ctl_close(ctl);
	CHECK(stat(path, &st));
	/* the directory that it makes is the group's as well */
	snprintf(path, sizeof(path), "%s/new/ctl", test_dir);
	umask(0077);
	ctl = ctl_open(path, "tty", answer_echo, NULL);
	umask(0022);
	ctl_close(ctl);
	snprintf(path, sizeof(path), "%s/new", test_dir);
	CHECK(!stat(path, &st));
	CHECK_EQ(st.st_mode & 0777, 0755);
	snprintf(path, sizeof(path), "%s/ctl", test_dir);
	ctl = ctl_open(path, "tty", answer_echo, NULL);
	CHECK(!stat(path, &st));
	CHECK_EQ(st.st_mode & 0777, 0660);
	CHECK_EQ(st.st_gid, 5);
	ctl_close(ctl);
	/* what is the daemon's own already need not be changed */
	ctl = ctl_open(path, "root", answer_echo, NULL);
	CHECK(!stat(path, &st));
	CHECK_EQ(st.st_mode & 0777, 0660);
	ctl_close(ctl);
	saved_log_begin();
	CHECK(!ctl_open(path, "no-such-group", answer_echo, NULL));
	CHECK(!ctl_open("/nonexistent/a/ctl", NULL, answer_echo, NULL));
	saved_log_end();
	CHECK_EQ(saved_log_count("\n"), 2);
	CHECK_EQ(saved_log_count("--ctl-group no-such-group: no such group"), 1);
	CHECK_EQ(saved_log_count("/nonexistent/a/ctl: "), 1);
}

/* Only what a daemon has left that died is replaced. */
static void test_replaced(void)
{
	struct sockaddr_un addr = { .sun_family = AF_UNIX };
	char path[96], link[96];
	struct stat st;
	int fd;

	snprintf(path, sizeof(path), "%s/ctl", test_dir);
	snprintf(link, sizeof(link), "%s/link", test_dir);
	fclose(fopen(path, "w"));
	CHECK(!symlink(path, link));
	saved_log_begin();
	CHECK(!ctl_open(path, NULL, answer_echo, NULL));
	CHECK(!ctl_open(link, NULL, answer_echo, NULL));
	CHECK(!stat(path, &st) && S_ISREG(st.st_mode));
	CHECK(!lstat(link, &st) && S_ISLNK(st.st_mode));
	unlink(link);
	unlink(path);
	/* another program's */
	fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	strcpy(addr.sun_path, path);
	CHECK(!bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	CHECK(!ctl_open(path, NULL, answer_echo, NULL));
	CHECK(!stat(path, &st));
	close(fd);
	unlink(path);
	ctl = ctl_open(path, NULL, answer_echo, NULL);
	CHECK(!ctl_open(path, NULL, answer_echo, NULL));
	CHECK(!stat(path, &st));
	ctl_close(ctl);
	/* not the abstract socket without a name, which is everybody's */
	CHECK(!ctl_open("", NULL, answer_echo, NULL));
	saved_log_end();
	CHECK_EQ(saved_log_count("\n"), 5);
	CHECK_EQ(saved_log_count(": it exists, and is no socket of a daemon that has died\n"), 4);
	/* the rest of one */
	fd = socket(AF_UNIX, SOCK_STREAM, 0);
	CHECK(!bind(fd, (struct sockaddr *)&addr, sizeof(addr)));
	close(fd);
	ctl = ctl_open(path, NULL, answer_echo, NULL);
	CHECK(ctl != NULL);
	ctl_close(ctl);
}

static const char *ask_daemon(const char *request)
{
	static char text[4096];
	struct report r;
	char line[CTL_LINE_MAX];

	strcpy(line, request);
	ctl_command(&target, line, &r);
	snprintf(text, sizeof(text), "%.*s", (int)r.len, r.text);
	free(r.text);
	return text;
}

static void test_commands(void)
{
	static const char * const wrong[] = {
		"", " ", "json", "list all", "allow-capture", "deny-capture a b",
		"List", "list\x01", "json json list", "volume", "volume a",
		"volume a 13", "volume a -120.001", "volume a x", "mute",
		"unmute", "mute nobody", "volume nobody 0",
	};
	unsigned int i;

	fake_store_clear();
	fake_store_set("0", "domid");
	target.backend = backend_open(&config, -1);
	CHECK(!strcmp(ask_daemon("list"), "ok\n"));
	CHECK(!strcmp(ask_daemon("json list"), "{\"records\":[],\"ok\":true}\n"));
	CHECK(!config_may_capture(&config, "mail"));
	CHECK(!strcmp(ask_daemon("allow-capture mail"), "guest guest=mail capture=allow cards=0\nok\n"));
	CHECK(config_may_capture(&config, "mail"));
	CHECK(!config_may_capture(&config, "mai"));
	CHECK(!strcmp(ask_daemon("json  deny-capture  mail "),
		      "{\"records\":[{\"kind\":\"guest\",\"guest\":\"mail\",\"capture\":\"deny\",\"cards\":0}],\"ok\":true}\n"));
	CHECK(!config_may_capture(&config, "mail"));
	for (i = 0; i < ARRAY_SIZE(wrong); i++)
		CHECK(strstr(ask_daemon(wrong[i]), "error"));
	CHECK(!strcmp(ask_daemon("json x"), "{\"records\":[],\"ok\":false,\"error\":\"unknown request\"}\n"));
	backend_close(target.backend);
	config_free(&config);
}

static void test_decibels(void)
{
	static const struct {
		const char *text;
		int32_t value;
	} good[] = {
		{ "0", 0 }, { "-6", -6000 }, { "+3", 3000 }, { "-6.5", -6500 },
		{ "1.234", 1234 }, { "-0.001", -1 }, { ".5", 500 }, { "7.", 7000 },
		{ "1000", 1000000 },
	};
	static const char * const bad[] = {
		"", "-", "+-1", "1.2345", "1e3", "1..2", ".", "1 ", "1001",
		"99999999999999999999", "dB", "-.",
	};
	unsigned int i;
	int32_t v;

	for (i = 0; i < ARRAY_SIZE(good); i++) {
		CHECK(parse_milli(good[i].text, &v));
		CHECK_EQ(v, good[i].value);
	}
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		CHECK(!parse_milli(bad[i], &v));
}

static void report_escapes(void)
{
	struct report r;
	int i;

	report_begin(&r, false);
	report_record(&r, "a");
	report_text(&r, "b", "x y=\\\"\n\x7f\xc3");
	report_end(&r, NULL);
	CHECK_EQ(r.len, strlen("a b=x\\x20y\\x3d\\x5c\"\\x0a\\x7f\\xc3\nok\n"));
	CHECK(!memcmp(r.text, "a b=x\\x20y\\x3d\\x5c\"\\x0a\\x7f\\xc3\nok\n", r.len));
	free(r.text);
	report_begin(&r, true);
	report_record(&r, "a");
	report_text(&r, "b", "x y=\\\"\n\x7f\xc3");
	report_end(&r, NULL);
	CHECK(!memcmp(r.text, "{\"records\":[{\"kind\":\"a\",\"b\":\"x y=\\u005c\\u0022\\u000a\\u007f\\u00c3\"}],\"ok\":true}\n", r.len));
	free(r.text);
	/* it does not grow without end */
	report_begin(&r, true);
	for (i = 0; i < 1000000; i++)
		report_record(&r, "stream");
	report_end(&r, NULL);
	CHECK(r.room <= REPORT_MAX);
	CHECK(!memcmp(r.text, "{\"records\":[],\"ok\":false,\"error\":\"the answer is too long\"}\n", r.len));
	free(r.text);
}

const struct test ctl_tests[] = {
	{ "ctl: requests come in pieces", test_requests },
	{ "ctl: a request that is too long, or has a NUL", long_request },
	{ "ctl: a client that does not read", slow_client },
	{ "ctl: more clients than places", many_clients },
	{ "ctl: no descriptor for a client", no_descriptor },
	{ "ctl: who may use the socket", test_permissions },
	{ "ctl: which file the socket replaces", test_replaced },
	{ "ctl: commands", test_commands },
	{ "ctl: decibels", test_decibels },
	{ "ctl: reports are well-formed", report_escapes },
	{ NULL, NULL },
};
