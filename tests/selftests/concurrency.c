// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * Several processes, several threads, all streams of a card at once.
 */
#include "pcm.h"

#include <fcntl.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#define MANY		16

/* Children number their signals from here on, by 8 each. */
#define CHILD_TAGS	0x900

/* ---- who has it, has it ---- */

static int try_open(snd_pcm_stream_t dir, const char *devices, int mode)
{
	snd_pcm_t *handle;
	char name[32];
	int ret;

	snprintf(name, sizeof(name), "hw:%s,%s", pcm_card(), devices);
	ret = snd_pcm_open(&handle, name, dir, mode);
	if (!ret)
		snd_pcm_close(handle);
	return ret;
}

/* In a process of its own. Return: what snd_pcm_open() said there, positive. */
static int try_open_elsewhere(snd_pcm_stream_t dir, const char *devices)
{
	pid_t child = ktap_fork();
	int status;

	if (!child)
		_exit(-try_open(dir, devices, SND_PCM_NONBLOCK));
	ktap_eq(waitpid(child, &status, 0), child);
	ktap_true(WIFEXITED(status), "the other process died: %x", status);
	return WEXITSTATUS(status);
}

/* Others do not get this substream, but any other one. */
static void test_busy(const void *arg)
{
	snd_pcm_stream_t dir = *(const snd_pcm_stream_t *)arg;
	struct pcm *first = pcm_open(dir, 0, 0, 0), *second;
	snd_pcm_info_t *info;
	snd_pcm_t *any;
	char name[32];

	ktap_eq(try_open(dir, "0,0", SND_PCM_NONBLOCK), -EBUSY);
	ktap_eq(try_open_elsewhere(dir, "0,0"), EBUSY);
	ktap_eq(try_open_elsewhere(dir, "0,1"), 0);
	/* Without a number, the one that is free */
	snprintf(name, sizeof(name), "hw:%s,0", pcm_card());
	alsa(snd_pcm_open(&any, name, dir, SND_PCM_NONBLOCK));
	snd_pcm_info_alloca(&info);
	alsa(snd_pcm_info(any, info));
	ktap_eq(snd_pcm_info_get_subdevice(info), 1);
	alsa(snd_pcm_close(any));
	/* All of them taken */
	second = pcm_open(dir, 0, 1, 0);
	ktap_eq(try_open_elsewhere(dir, "0"), EBUSY);
	ktap_eq(try_open_elsewhere(dir, "1"), 0);
	pcm_close(first);
	ktap_eq(try_open_elsewhere(dir, "0,0"), 0);
	pcm_close(second);
}

/* Any substream of the first device, by itself. Return: 0 or an errno. */
static int open_any(snd_pcm_stream_t dir)
{
	char path[40];

	snprintf(path, sizeof(path), "/dev/snd/pcmC%dD0%c", snd_card_get_index(pcm_card()),
		 dir == PLAYBACK ? 'p' : 'c');
	return open(path, O_RDWR) < 0 ? errno : 0;
}

/*
 * Who may wait gets a substream as soon as one is free, and not before. alsa-lib
 * never waits here, but the kernel's interface does.
 */
static void test_wait(const void *arg)
{
	snd_pcm_stream_t dir = *(const snd_pcm_stream_t *)arg;
	int status, go[2], i;
	struct pcm *pcm;
	pid_t child;

	ktap_eq(pipe(go), 0);
	/* Before anything is open: the child would hold it. */
	child = ktap_fork();
	if (!child)
		_exit(read(go[0], &i, 1) == 1 ? open_any(dir) : EPIPE);
	pcm = pcm_open(dir, 0, 0, 0);
	pcm_configure(pcm, &pcm_usual);
	pcm_open(dir, 0, 1, 0);
	ktap_eq(write(go[1], "", 1), 1);
	for (i = 0; i < 10; i++) {
		usleep(20000);
		ktap_eq(waitpid(child, &status, WNOHANG), 0);
	}
	pcm_close(pcm);
	ktap_eq(waitpid(child, &status, 0), child);
	ktap_eq(status, 0);
	close(go[0]);
	close(go[1]);
}

/* ---- at once ---- */

/* number: of this one among those at once */
struct job {
	snd_pcm_stream_t dir;
	int device;
	int subdevice;
	unsigned int number;
	pthread_t thread;
};

/* Each one another way */
static void work(const struct job *job)
{
	struct pcm *pcm = pcm_open(job->dir, job->device, job->subdevice, 0);
	struct pcm_setup set = pcm_usual;
	snd_pcm_uframes_t frames, chunk;

	set.period = 1024 + job->number * 37;
	set.buffer = set.period * 4;
	set.rate = job->number % 3 ? 48000 : 44100;
	set.channels = 1 + job->number % 4;
	set.access = job->number & 2 ? SND_PCM_ACCESS_MMAP_INTERLEAVED :
				       SND_PCM_ACCESS_RW_INTERLEAVED;
	chunk = 700 + job->number * 100;
	pcm_configure(pcm, &set);
	for (frames = 24000 + job->number; frames; frames -= chunk) {
		if (chunk > frames)
			chunk = frames;
		if (job->dir == PLAYBACK)
			pcm_write(pcm, chunk);
		else
			pcm_read(pcm, chunk);
	}
	if (job->dir == PLAYBACK)
		pcm_drain(pcm);
	ktap_eq(pcm->frames, 24000 + job->number);
	pcm_close(pcm);
}

static void *work_in_thread(void *arg)
{
	work(arg);
	return arg;
}

/* Fills in the card's streams. Return: their number. */
static unsigned int find_streams(struct job *jobs, unsigned int max)
{
	unsigned int n = 0, dir, sub, count;
	snd_pcm_info_t *info;
	int device = -1;
	snd_ctl_t *ctl;
	char name[32];

	snprintf(name, sizeof(name), "hw:%s", pcm_card());
	alsa(snd_ctl_open(&ctl, name, 0));
	snd_pcm_info_alloca(&info);
	while (alsa(snd_ctl_pcm_next_device(ctl, &device)) == 0 && device >= 0) {
		for (dir = 0; dir < 2; dir++) {
			snd_pcm_info_set_device(info, device);
			snd_pcm_info_set_subdevice(info, 0);
			snd_pcm_info_set_stream(info, dir);
			if (snd_ctl_pcm_info(ctl, info) < 0)
				continue;
			count = snd_pcm_info_get_subdevices_count(info);
			ktap_eq(snd_pcm_info_get_subdevices_avail(info), count);
			for (sub = 0; sub < count && n < max; sub++, n++)
				jobs[n] = (struct job) { dir, device, sub, n, 0 };
		}
	}
	snd_ctl_close(ctl);
	return n;
}

static void test_many(const void *arg)
{
	struct job jobs[MANY];
	unsigned int i, good = 0;
	void *ret;

	(void)arg;
	pcm_need_source();
	if (find_streams(jobs, MANY) < MANY)
		ktap_skip("the card has fewer than %d streams", MANY);
	for (i = 0; i < MANY; i++)
		ktap_eq(pthread_create(&jobs[i].thread, NULL, work_in_thread, &jobs[i]), 0);
	for (i = 0; i < MANY; i++) {
		ktap_eq(pthread_join(jobs[i].thread, &ret), 0);
		good += ret == &jobs[i];
	}
	ktap_eq(good, MANY);
}

/* The same in processes, two for each direction */
static void test_processes(const void *arg)
{
	static const struct job jobs[] = {
		{ .dir = PLAYBACK, .subdevice = 0, .number = 0 },
		{ .dir = PLAYBACK, .subdevice = 1, .number = 1 },
		{ .dir = CAPTURE, .subdevice = 0, .number = 2 },
		{ .dir = CAPTURE, .subdevice = 1, .number = 3 },
	};
	pid_t children[ARRAY_SIZE(jobs)];
	unsigned int i, good = 0;
	int status;

	(void)arg;
	pcm_need_source();
	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		children[i] = ktap_fork();
		if (children[i])
			continue;
		pcm_tags(CHILD_TAGS + i * 8);
		work(&jobs[i]);
		_exit(0);
	}
	for (i = 0; i < ARRAY_SIZE(jobs); i++) {
		ktap_eq(waitpid(children[i], &status, 0), children[i]);
		good += status == 0;
	}
	ktap_eq(good, ARRAY_SIZE(jobs));
}

/* A process that dies while it plays leaves the stream to the next. */
static void test_killed(const void *arg)
{
	struct pcm *pcm;
	pid_t child;
	int status;

	(void)arg;
	child = ktap_fork();
	if (!child) {
		pcm_tags(CHILD_TAGS + 64);
		pcm = pcm_make(PLAYBACK, &pcm_usual);
		pcm_write(pcm, pcm->set.buffer + 1);
		pcm_played(pcm, 1);
		raise(SIGKILL);
	}
	ktap_eq(waitpid(child, &status, 0), child);
	ktap_true(WIFSIGNALED(status), "the process ended: %x", status);
	pcm = pcm_make(PLAYBACK, &pcm_usual);
	pcm_write(pcm, 5000);
	pcm_drain(pcm);
}

int main(void)
{
	static const snd_pcm_stream_t playback = PLAYBACK, capture = CAPTURE;

	pcm_tags(0x800);
	ktap_add(test_busy, &playback, "playback.busy");
	ktap_add(test_busy, &capture, "capture.busy");
	ktap_add(test_wait, &playback, "playback.busy.wait");
	ktap_add(test_wait, &capture, "capture.busy.wait");
	ktap_add(test_processes, NULL, "processes");
	ktap_add(test_killed, NULL, "killed");
	ktap_add(test_many, NULL, "sixteen");
	return ktap_run(pcm_close_all);
}
