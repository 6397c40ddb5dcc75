/*
 * io: one request in and one reply out, through FastCGI or plain CGI.
 *
 * Which of the two is decided by how the program was started.  SIGTERM and
 * SIGINT are held back while a request is at work and end the program at the
 * next io_accept, or at once when it waits there.
 */
#ifndef WEB_IO_H
#define WEB_IO_H
#include "base/base.h"

enum io_next { IO_REQUEST = 1, IO_STOP, IO_IDLE };

/* Once per process.  False when neither way is there. */
NODISCARD bool io_open(void);
bool io_is_cgi(void);
/* Wait for a request, at most idle_s seconds (0 = for ever).  Plain CGI gives
 * its one request, then IO_STOP. */
enum io_next io_accept(int64_t idle_s);
/* A CGI variable of the request ("PATH_INFO"), or NULL. */
const char *io_env(const char *name);
/* Read up to n bytes of the body; fewer only at its end. */
size_t io_read(void *to, size_t n);
/* False when the peer is gone. */
NODISCARD bool io_write(const void *from, size_t n);
/* The reply is complete. */
void io_finish(void);

#endif
