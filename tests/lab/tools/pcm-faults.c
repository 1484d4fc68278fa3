// SPDX-License-Identifier: GPL-2.0 OR MIT
/*
 * pcm-faults CARD-NUMBER p|c: let each memory allocation in turn fail that the
 * kernel makes in open(), in hw_params and prepare, and in the first transfer of
 * a PCM; after each failure the PCM has to work.
 *
 * Uses the kernel's fail-nth (Documentation/fault-injection), so it needs a
 * kernel with FAULT_INJECTION whose failslab and fail_page_alloc have been set
 * to let any allocation fail. Prints a line per call: how many allocations have
 * failed and how often the call did.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <alsa/asoundlib.h>

#define RATE 48000
#define PERIOD 480
#define BUFFER 1920
/* More than any call makes: then something does not count down. */
#define MANY 500

static short audio[2 * BUFFER];
static snd_pcm_stream_t direction;
static char hw_name[32];
static char node_name[48];
static int nth_fd;

static void arm(int n)
{
	char text[16];

	sprintf(text, "%d", n);
	if (pwrite(nth_fd, text, strlen(text), 0) < 0) {
		perror("fail-nth");
		exit(2);
	}
}

/* Return: was the allocation reached that had to fail? */
static int disarm(void)
{
	char text[16] = "";

	if (pread(nth_fd, text, sizeof(text) - 1, 0) <= 0) {
		perror("fail-nth");
		exit(2);
	}
	arm(0);
	return atoi(text) == 0;
}

static snd_pcm_t *open_pcm(void)
{
	snd_pcm_t *pcm;
	int ret;

	ret = snd_pcm_open(&pcm, hw_name, direction, 0);
	if (ret) {
		printf("%s: cannot be opened: %s\n", hw_name, snd_strerror(ret));
		exit(1);
	}
	return pcm;
}

static int set_params(snd_pcm_t *pcm)
{
	snd_pcm_hw_params_t *params;
	int ret;

	snd_pcm_hw_params_alloca(&params);
	ret = snd_pcm_hw_params_any(pcm, params);
	if (ret < 0)
		return ret;
	snd_pcm_hw_params_set_access(pcm, params, SND_PCM_ACCESS_RW_INTERLEAVED);
	snd_pcm_hw_params_set_format(pcm, params, SND_PCM_FORMAT_S16_LE);
	snd_pcm_hw_params_set_channels(pcm, params, 2);
	snd_pcm_hw_params_set_rate(pcm, params, RATE, 0);
	snd_pcm_hw_params_set_period_size(pcm, params, PERIOD, 0);
	snd_pcm_hw_params_set_buffer_size(pcm, params, BUFFER);
	return snd_pcm_hw_params(pcm, params);
}

static int transfer(snd_pcm_t *pcm)
{
	snd_pcm_sframes_t n;

	if (direction == SND_PCM_STREAM_CAPTURE)
		n = snd_pcm_readi(pcm, audio, PERIOD);
	else
		n = snd_pcm_writei(pcm, audio, BUFFER);
	return n < 0 ? n : 0;
}

static void works(snd_pcm_t *pcm, const char *after, int n)
{
	int ret = set_params(pcm);

	if (!ret)
		ret = transfer(pcm);
	if (!ret && direction == SND_PCM_STREAM_PLAYBACK)
		ret = snd_pcm_drain(pcm);
	if (ret) {
		printf("%s: of no use after failure %d of %s: %s\n", hw_name, n, after,
		       snd_strerror(ret));
		exit(1);
	}
}

/* open() itself, without alsa-lib's reading of files */
static int fault_open(int n, int *ret)
{
	int flags = direction == SND_PCM_STREAM_CAPTURE ? O_RDONLY : O_WRONLY;
	int reached;
	int fd;

	arm(n);
	fd = open(node_name, flags);
	*ret = fd < 0 ? -errno : 0;
	reached = disarm();
	if (fd >= 0)
		close(fd);
	return reached;
}

/* hw_params and, in alsa-lib, prepare */
static int fault_params(int n, int *ret)
{
	snd_pcm_t *pcm = open_pcm();
	int reached;

	arm(n);
	*ret = set_params(pcm);
	reached = disarm();
	/* On the same file, too */
	if (reached)
		works(pcm, "hw_params", n);
	snd_pcm_close(pcm);
	return reached;
}

static int fault_transfer(int n, int *ret)
{
	snd_pcm_t *pcm = open_pcm();
	int reached;

	*ret = set_params(pcm);
	if (*ret)
		exit(1);
	arm(n);
	*ret = transfer(pcm);
	reached = disarm();
	if (reached)
		works(pcm, "transfer", n);
	snd_pcm_close(pcm);
	return reached;
}

static int each(const char *what, int (*fault)(int n, int *ret))
{
	snd_pcm_t *pcm;
	int failed = 0;
	int ret;
	int n;

	for (n = 1; n < MANY && fault(n, &ret); n++) {
		failed += ret < 0;
		if (ret < 0 && ret != -ENOMEM)
			printf("%s %d: %s\n", what, n, snd_strerror(ret));
		pcm = open_pcm();
		works(pcm, what, n);
		snd_pcm_close(pcm);
	}
	if (n < MANY && ret) {
		printf("%s: fails for no reason: %s\n", what, snd_strerror(ret));
		return 1;
	}
	printf("call=%s allocations=%d failed=%d\n", what, n - 1, failed);
	return n == MANY;
}

int main(int argc, char **argv)
{
	if (argc != 3) {
		fprintf(stderr, "usage: pcm-faults CARD-NUMBER p|c\n");
		return 2;
	}
	direction = *argv[2] == 'c' ? SND_PCM_STREAM_CAPTURE : SND_PCM_STREAM_PLAYBACK;
	snprintf(hw_name, sizeof(hw_name), "hw:%s,0", argv[1]);
	snprintf(node_name, sizeof(node_name), "/dev/snd/pcmC%sD0%c", argv[1], *argv[2]);

	nth_fd = open("/proc/thread-self/fail-nth", O_RDWR);
	if (nth_fd < 0) {
		perror("/proc/thread-self/fail-nth");
		return 2;
	}
	/* Only allocations of the calls, not of pages that the process touches. */
	mlockall(MCL_CURRENT | MCL_FUTURE);

	return each("open", fault_open) | each("hw_params", fault_params) |
	       each("transfer", fault_transfer);
}
