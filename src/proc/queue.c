/* SPDX-License-Identifier: MIT */
/*
 * A listener's own numbers: of TCP from the socket itself, of a unix one by
 * asking the kernel's sock_diag(7) for the socket of that inode.
 */
#include "proc/queue.h"

#include "shm/board.h"

#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <linux/unix_diag.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

enum { ANSWER_SIZE = 4096, STATE_LISTEN = 10 };

struct question {
	struct nlmsghdr head;
	struct unix_diag_req ask;
};

static int
of_tcp(int listener, int *limit)
{
	struct tcp_info info = { 0 };
	socklen_t n = sizeof(info);

	if (getsockopt(listener, IPPROTO_TCP, TCP_INFO, &info, &n) == -1 ||
	    info.tcpi_state != STATE_LISTEN)
		return -1;
	*limit = (int)info.tcpi_sacked;
	return (int)info.tcpi_unacked;
}

/* An answer of the kernel: what it says of the queue. */
static int
read_answer(const struct nlmsghdr *h, int *limit)
{
	const struct unix_diag_msg *m = NLMSG_DATA(h);
	const struct nlattr *at = (const struct nlattr *)(m + 1);
	size_t head = NLMSG_LENGTH(sizeof(*m));
	size_t left = h->nlmsg_len < head ? 0 : h->nlmsg_len - head;

	if (h->nlmsg_type != SOCK_DIAG_BY_FAMILY)
		return -1;
	while (left >= sizeof(*at) && at->nla_len >= sizeof(*at) &&
	       at->nla_len <= left) {
		const struct unix_diag_rqlen *r = (const void *)(at + 1);
		size_t step = NLA_ALIGN(at->nla_len);

		if (at->nla_type == UNIX_DIAG_RQLEN &&
		    at->nla_len >= sizeof(*at) + sizeof(*r)) {
			*limit = (int)r->udiag_wqueue;
			return (int)r->udiag_rqueue;
		}
		if (step >= left)
			break;
		left -= step;
		at = (const void *)((const char *)at + step);
	}
	return -1;
}

static int
ask(int fd, ino_t inode, int *limit)
{
	_Alignas(struct nlmsghdr) char answer[ANSWER_SIZE];
	struct question q = {
		.head = { .nlmsg_len = sizeof(q),
		    .nlmsg_type = SOCK_DIAG_BY_FAMILY,
		    .nlmsg_flags = NLM_F_REQUEST },
		.ask = { .sdiag_family = AF_UNIX,
		    .udiag_states = ~0U,
		    .udiag_ino = (unsigned)inode,
		    .udiag_show = UDIAG_SHOW_RQLEN,
		    .udiag_cookie = { ~0U, ~0U } },
	};
	const struct nlmsghdr *h = (const void *)answer;
	ssize_t n;

	/* The kernel answers within the call that asks. */
	if (send(fd, &q, sizeof(q), 0) != (ssize_t)sizeof(q))
		return -1;
	n = recv(fd, answer, sizeof(answer), MSG_DONTWAIT);
	if (n < (ssize_t)sizeof(*h) || !NLMSG_OK(h, (size_t)n))
		return -1;
	return read_answer(h, limit);
}

static int
of_unix(int listener, int *limit)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
	struct stat st;
	int n = -1;

	if (fd == -1)
		return -1;
	if (fstat(listener, &st) == 0)
		n = ask(fd, st.st_ino, limit);
	close(fd);
	return n;
}

int
queue_waiting(int listener, int *limit)
{
	int domain = -1;
	socklen_t n = sizeof(domain);

	if (getsockopt(listener, SOL_SOCKET, SO_DOMAIN, &domain, &n) == -1)
		return -1;
	if (domain == AF_UNIX)
		return of_unix(listener, limit);
	return domain == AF_INET || domain == AF_INET6 ? of_tcp(listener, limit)
						       : -1;
}

void
queue_look(struct queue *q, struct board *b, int64_t now)
{
	int limit = 0, n;

	if (q->looked_ms != 0 && now < q->looked_ms + QUEUE_EVERY_MS)
		return;
	q->looked_ms = now;
	n = queue_waiting(q->listener, &limit);
	board_see_waiting(b, n, limit);
}
