/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What all models share: locks, and claims with names.
 *
 * A claim that fails shows its name in what Spin prints:
 * "assertion violated !(page_reachable_after_release)".
 */

#define CLAIM(cond, name)	if :: (cond) :: else -> assert(!name) fi

/* A name of a claim; not a part of the state */
#define CLAIM_NAME(name)	hidden byte name = 1

#define LOCK(l)			atomic { (l) == 0 -> l = 1 }
#define UNLOCK(l)		l = 0
#define TRYLOCK(l, got)						\
	atomic {						\
		if						\
		:: (l) == 0 -> l = 1; got = 1			\
		:: else -> got = 0				\
		fi						\
	}

/* Many readers or one writer, and no new reader while a writer waits */
typedef rwsem {
	byte readers;
	byte waiting;
	bit writer
};

#define down_read(l)		atomic { !l.writer && !l.waiting -> l.readers++ }
#define down_read_trylock(l, got)				\
	atomic {						\
		if						\
		:: !l.writer && !l.waiting -> l.readers++; got = 1	\
		:: else -> got = 0				\
		fi						\
	}
#define up_read(l)		l.readers--
#define down_write(l)						\
	l.waiting++;						\
	atomic { !l.writer && !l.readers -> l.waiting--; l.writer = 1 }
#define up_write(l)		l.writer = 0
#define can_read(l)		(!l.writer && !l.waiting)
#define can_write(l)		(!l.writer && !l.readers)
#define is_free(l)		(!l.writer && !l.readers && !l.waiting)
