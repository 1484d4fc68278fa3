// SPDX-License-Identifier: MIT
/*
 * xen-snd-back fuzzing: a whole stream, with a guest that writes what it likes
 * to its ring, event page, directory and buffer.
 *
 * The stream's thread function runs in the fuzzer's own: whenever it would
 * sleep in poll(), the guest does the next thing that the input says. With the
 * clock being the input's, too, a run says the same each time.
 */
#include <dirent.h>
#include <poll.h>

#include "fake_xen.h"
#include "fuzz.h"

/* the thread's function is private */
#include "../stream.c"

#define BUF_PAGES	5u
#define S16		XENSND_PCM_FORMAT_S16_LE

int __real_poll(struct pollfd *fds, nfds_t n, int timeout);
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout);

static struct {
	xen_sndif_sring_t *sring;
	struct xensnd_event_page *evt;
	uint8_t *buf;
	uint32_t *dir;
	uint32_t sring_ref, evt_ref, buf_ref, dir_ref, port, evt_port;
	RING_IDX prod;
} g;

static struct input *script;
static struct stream *served;
static struct log_guest guest_log;
/* made and removed by run */
static const char *dir;
static int done_fd;

static const char * const specs[] = {
	"null", "file:%s/x.raw", "file:%s/x.wav", "file:%s/x.flac",
};

static void remove_files(void)
{
	DIR *d = opendir(dir);
	struct dirent *e;

	while (d && (e = readdir(d)))
		if (e->d_name[0] == 'x')
			unlinkat(dirfd(d), e->d_name, 0);
	if (d)
		closedir(d);
}

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	int fd;

	(void)argc;
	(void)argv;
	dir = getenv("FUZZ_DIR");
	MUST(dir);
	log_set_level(LVL_NONE);
	log_guest_init(&guest_log, "dom 7 vsnd 0");
	g.sring = fake_page(&g.sring_ref);
	g.evt = fake_page(&g.evt_ref);
	g.buf = fake_pages(BUF_PAGES, &g.buf_ref);
	g.dir = fake_pages(2, &g.dir_ref);
	g.port = fake_port(&fd);
	g.evt_port = fake_port(&fd);
	done_fd = eventfd(0, EFD_NONBLOCK);
	return 0;
}

static void send(const struct xensnd_req *req, bool kick)
{
	g.sring->ring[g.prod++ & 31].req = *req;
	g.sring->req_prod = g.prod;
	if (kick)
		fake_kick(g.port);
}

static void send_open(uint8_t how)
{
	static const uint8_t formats[] = { S16, XENSND_PCM_FORMAT_U8,
		XENSND_PCM_FORMAT_IMA_ADPCM, XENSND_PCM_FORMAT_F64_LE };
	struct xensnd_req req = {
		.operation = XENSND_OP_OPEN,
		.op.open = {
			.pcm_rate = how & 1 ? 48000 : 8000,
			.pcm_format = formats[how >> 1 & 3],
			.pcm_channels = (how >> 3 & 1) + 1,
			.buffer_sz = how & 16 ? 16384 : 10001,
			.period_sz = how & 32 ? 4096 : how & 64 ? 0 : 1,
			.gref_directory = g.dir_ref,
		},
	};

	send(&req, true);
}

/* A request that means something, its numbers near to what is allowed. */
static void send_some(struct input *in)
{
	struct xensnd_req req = { .id = in_u8(in) };
	uint8_t op = in_u8(in);

	req.operation = op % 10;
	switch (req.operation) {
	case XENSND_OP_OPEN:
		in_bytes(in, &req.op.open, sizeof(req.op.open));
		req.op.open.gref_directory = g.dir_ref + (op >> 7);
		break;
	case XENSND_OP_READ:
	case XENSND_OP_WRITE:
		req.op.rw.offset = in_u16(in);
		req.op.rw.length = in_u16(in);
		if (op & 128)
			req.op.rw.offset = 0 - req.op.rw.offset;
		break;
	case XENSND_OP_TRIGGER:
		req.op.trigger.type = in_u8(in) % 5;
		break;
	case XENSND_OP_SET_VOLUME:
	case XENSND_OP_GET_VOLUME:
	case XENSND_OP_MUTE:
	case XENSND_OP_UNMUTE:
		req.op.rw.offset = in_u16(in);
		req.op.rw.length = in_u8(in);
		break;
	case XENSND_OP_HW_PARAM_QUERY:
		in_bytes(in, &req.op.hw_param, sizeof(req.op.hw_param));
		break;
	default:
		break;
	}
	send(&req, op & 64);
}

static void write_shared(struct input *in)
{
	uint32_t what = in_u8(in), at = in_u16(in), value = in_u32(in);

	switch (what % 8) {
	case 0:
		g.prod += (int8_t)value;
		g.sring->req_prod = g.prod;
		break;
	case 1:
		g.prod = g.sring->req_prod = value;
		break;
	case 2:
		g.sring->rsp_event = value;
		break;
	case 3:
		g.sring->req_event = g.sring->rsp_prod = value;
		break;
	case 4:
		((uint8_t *)g.sring)[at % SND_PAGE_SIZE] = (uint8_t)value;
		break;
	case 5:
		((uint8_t *)g.evt)[at % SND_PAGE_SIZE] = (uint8_t)value;
		break;
	case 6:
		g.dir[at % 2048] = what & 128 ? value : g.buf_ref + value % 16;
		break;
	default:
		memset(g.buf + at % (BUF_PAGES * SND_PAGE_SIZE - 64),
		       (int)value, 64);
		break;
	}
}

/* The administrator changes the volume meanwhile. */
static void set_host_volume(struct input *in)
{
	struct volume *v = stream_volume(served);
	uint8_t channel = in_u8(in);
	int32_t mdb = 4 * (int16_t)in_u16(in);

	MUST(volume_set(v, VOLUME_HOST, channel, mdb) == (mdb <= VOLUME_MAX));
	volume_mute(v, VOLUME_HOST, channel, mdb & 4);
}

/* Nor is it the guest's when it gets another sink or source. */
static void move_stream(struct input *in)
{
	struct stream_info info = *stream_info(served);
	char spec[256];

	snprintf(spec, sizeof(spec), specs[info.capture ? 0 : in_u8(in) & 3], dir);
	MUST(stream_move(served, &info, spec));
}

static void act(struct input *in)
{
	struct xensnd_req req;
	uint8_t what = in_u8(in), n;

	switch (what % 8) {
	case 0:
		send_open(in_u8(in));
		break;
	case 1:
	case 2:
		send_some(in);
		break;
	case 3:
		in_bytes(in, &req, sizeof(req));
		send(&req, true);
		break;
	case 4:
		write_shared(in);
		break;
	case 5:
		fuzz_now += (uint64_t)in_u16(in) * 10 * NSEC_PER_USEC;
		break;
	case 6:
		fuzz_now += (uint64_t)in_u8(in) * NSEC_PER_SEC;
		break;
	default:
		if (what & 128) {
			set_host_volume(in);
			break;
		}
		if (what & 64) {
			move_stream(in);
			break;
		}
		for (n = in_u8(in); n; n--)
			fake_kick(n & 1 ? g.port : g.evt_port);
		break;
	}
}

static void check(const struct stream *s)
{
	RING_IDX unanswered = s->rings.req.req_cons - s->rings.req.rsp_prod_pvt;
	uint64_t mapped = s->open ? s->p.num_pages : 0;
	unsigned int i;

	MUST(unanswered <= 32 && s->pend_num <= PENDING_MAX);
	MUST(s->broken || s->pend_num == unanswered);
	MUST(fake_mapped() == 2 + mapped);
	MUST(s->budget->bytes == s->taken &&
	     s->taken <= s->budget->limits.bytes);
	MUST(s->open || !s->taken);
	if (!s->open)
		return;
	for (i = 0; i < s->p.channels; i++)
		MUST(s->volume.gain[i] >= 0 && s->volume.gain[i] < 4);
	if (s->info.capture) {
		MUST(s->fetched <= s->consumed && s->position <= s->consumed);
		MUST(s->consumed - s->fetched <= s->ring_sz);
	} else {
		MUST(s->position <= s->consumed && s->consumed <= s->written);
		MUST(s->written - s->consumed <= s->p.buffer_sz);
		MUST(s->regions.bytes == s->written - s->consumed);
		MUST(s->passed <= s->scaled && s->scaled <= s->staged);
		MUST(s->staged <= STAGE_SIZE);
	}
}

/*
 * Where the stream sleeps. An end of the script is the order to stop.
 */
int __wrap_poll(struct pollfd *fds, nfds_t n, int timeout)
{
	uint64_t before = fuzz_now, at = served->timer_at;
	nfds_t i;

	if (n == 1 && timeout >= 0) {
		/* it rests */
		MUST(timeout <= 1000);
		fuzz_now += (uint64_t)timeout * NSEC_PER_MSEC;
	}
	check(served);
	/* no sleep is for less than this, whatever the guest asks for */
	if (n > 1 && at != TIME_NEVER)
		MUST(at + 1000000 > before);
	if (script->size)
		act(script);
	else
		stream_stop(served);
	for (i = 0; i < n; i++)
		fds[i].revents = 0;
	return __real_poll(fds, n, 0) + (n > 1);
}

static void reset(void)
{
	unsigned int i;

	memset(g.sring, 0, SND_PAGE_SIZE);
	memset(g.evt, 0, SND_PAGE_SIZE);
	memset(g.dir, 0, 2 * SND_PAGE_SIZE);
	g.prod = 0;
	g.sring->req_event = 1;
	g.sring->rsp_event = 1;
	for (i = 0; i < BUF_PAGES; i++)
		g.dir[1 + i] = g.buf_ref + i;
	fuzz_now = 1000 * NSEC_PER_SEC;
	fuzz_cpu = 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct budget_limits limits = BUDGET_DEFAULT;
	struct input in = { data, size };
	struct stream_info info = { .domid = 7, .latency_ms = AUDIO_LATENCY_MS };
	struct budget budget;
	uint8_t how;
	char spec[256];

	if (size > 2048)
		return 0;
	reset();
	how = in_u8(&in);
	info.capture = how & 1;
	info.mainline = how & 2;
	info.ring_ref = g.sring_ref;
	info.evt_ring_ref = g.evt_ref;
	info.port = g.port;
	info.evt_port = g.evt_port;
	strcpy(info.unique_id, "x");
	snd_caps_any(&info.caps);
	/* the sources would be files that are not there */
	snprintf(spec, sizeof(spec), specs[info.capture ? 0 : how >> 2 & 3], dir);
	budget_init(&budget, &limits);
	served = stream_new(&info, spec, &guest_log, &budget, done_fd);
	MUST(served);
	script = &in;
	stream_main(served);
	MUST(stream_stopped(served) || !served->started);
	stream_free(served);
	MUST(!fake_mapped() && !fake_bound() && !budget.bytes);
	budget_exit(&budget);
	remove_files();
	return 0;
}
