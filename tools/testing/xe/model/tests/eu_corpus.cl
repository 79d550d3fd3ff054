// SPDX-License-Identifier: GPL-2.0
/*
 * Kernels whose instructions t_eu_corpus.sh compares: all kinds of arithmetic, messages and jumps.
 * They are compiled and never run.
 */
#pragma OPENCL EXTENSION cl_khr_fp16 : enable
#pragma OPENCL EXTENSION cl_khr_int64_base_atomics : enable
__kernel void vadd(__global const float *a, __global const float *b, __global float *c, uint n)
{
	uint i = get_global_id(0);
	if (i < n)
		c[i] = a[i] + b[i];
}

__kernel void saxpy(float a, __global const float *x, __global float *y)
{
	size_t i = get_global_id(0);
	y[i] = a * x[i] + y[i];
}

struct node {
	ulong next;
	ulong value;
};
__kernel void chase(__global ulong *heads, __global ulong *sums)
{
	size_t i = get_global_id(0);
	ulong s = 0;
	for (__global struct node *p = (__global struct node *)heads[i]; p;
	     p = (__global struct node *)p->next)
		s += p->value;
	sums[i] = s;
}

__kernel void count(__global uint *counter, __global uint *slots)
{
	uint i = atomic_inc(counter);
	slots[get_global_id(0)] = i;
	atomic_add(counter + 1, 3);
	atomic_max((volatile __global int *)counter + 2, (int)i);
}

__kernel void reduce(__global const uint *in, __global uint *out, __local uint *tmp)
{
	uint l = get_local_id(0);
	tmp[l] = in[get_global_id(0)];
	barrier(CLK_LOCAL_MEM_FENCE);
	for (uint s = get_local_size(0) / 2; s; s >>= 1) {
		if (l < s)
			tmp[l] += tmp[l + s];
		barrier(CLK_LOCAL_MEM_FENCE);
	}
	if (!l)
		out[get_group_id(0)] = tmp[0];
}

__kernel void scan(__global const int *in, __global int *out, __local int *t)
{
	uint l = get_local_id(0), n = get_local_size(0);
	t[l] = in[get_global_id(0)];
	barrier(CLK_LOCAL_MEM_FENCE);
	for (uint d = 1; d < n; d *= 2) {
		int v = l >= d ? t[l - d] : 0;
		barrier(CLK_LOCAL_MEM_FENCE);
		t[l] += v;
		barrier(CLK_LOCAL_MEM_FENCE);
	}
	out[get_global_id(0)] = t[l];
}

__kernel void matmul(__global const float *a, __global const float *b, __global float *c, int n)
{
	int x = get_global_id(0), y = get_global_id(1);
	float s = 0;
	for (int k = 0; k < n; k++)
		s += a[y * n + k] * b[k * n + x];
	c[y * n + x] = s;
}

__kernel void matmulh(__global const half *a, __global const half *b, __global half *c, int n)
{
	int x = get_global_id(0), y = get_global_id(1);
	half s = 0;
	for (int k = 0; k < n; k++)
		s += a[y * n + k] * b[k * n + x];
	c[y * n + x] = s;
}

__kernel void hash(__global ulong *table, uint mask, __global const ulong *keys)
{
	ulong k = keys[get_global_id(0)];
	uint h = (uint)(k * 0x9e3779b97f4a7c15ul >> 40) & mask;
	for (;;) {
		ulong o = atom_cmpxchg(table + h, 0ul, k);
		if (!o || o == k)
			break;
		h = (h + 1) & mask;
	}
}

__kernel void qsortk(__global int *data, uint n)
{
	__global int *d = data + get_global_id(0) * n;
	uint stack[64];
	int top = 0;
	stack[top++] = 0;
	stack[top++] = n - 1;
	while (top) {
		int hi = stack[--top], lo = stack[--top];
		if (lo >= hi)
			continue;
		int p = d[hi], i = lo - 1;
		for (int j = lo; j < hi; j++)
			if (d[j] <= p) {
				i++;
				int t = d[i];
				d[i] = d[j];
				d[j] = t;
			}
		i++;
		int t = d[i];
		d[i] = d[hi];
		d[hi] = t;
		if (i > 0) {
			stack[top++] = lo;
			stack[top++] = i - 1;
		}
		stack[top++] = i + 1;
		stack[top++] = hi;
	}
}

__kernel void mathk(__global const float *a, __global float *b)
{
	size_t i = get_global_id(0);
	float x = a[i];
	b[i * 8] = sqrt(x);
	b[i * 8 + 1] = sin(x);
	b[i * 8 + 2] = exp(x);
	b[i * 8 + 3] = log(x);
	b[i * 8 + 4] = 1.0f / x;
	b[i * 8 + 5] = x / a[i + 1];
	b[i * 8 + 6] = pow(x, 1.5f);
	b[i * 8 + 7] = floor(x) + fabs(x) + fmin(x, 2.0f) + native_cos(x);
}

__kernel void idiv(__global const int *a, __global int *b, uint d)
{
	size_t i = get_global_id(0);
	b[i * 3] = a[i] / (int)d;
	b[i * 3 + 1] = (uint)a[i] % d;
	b[i * 3 + 2] = popcount(a[i]) + clz(a[i]) + rotate(a[i], 3) + mul_hi(a[i], 77777777);
}

__kernel void ldiv(__global const long *a, __global long *b, ulong d)
{
	size_t i = get_global_id(0);
	b[i * 3] = a[i] / (long)d;
	b[i * 3 + 1] = (ulong)a[i] % d;
	b[i * 3 + 2] = mul_hi(a[i], 777777777777l);
}

__kernel void dbl(__global const double *a, __global double *b)
{
	size_t i = get_global_id(0);
	b[i * 4] = a[i] / a[i + 1];
	b[i * 4 + 1] = sqrt(a[i]);
	b[i * 4 + 2] = fma(a[i], a[i + 1], 3.0);
	b[i * 4 + 3] = (double)(float)a[i] + (int)a[i];
}

__kernel void print(__global const int *a)
{
	if (get_global_id(0) < 4)
		printf("lane %d has %d %s\n", (int)get_global_id(0), a[get_global_id(0)], "x");
}

__kernel void bytes(__global const uchar *a, __global uchar *b, __global short *c)
{
	size_t i = get_global_id(0);
	b[i] = a[i] + 3;
	c[i] = a[i] * 2;
}

__kernel void vec4(__global const float4 *a, __global float4 *b)
{
	size_t i = get_global_id(0);
	b[i] = a[i].wzyx * 2.0f;
}

__kernel void divergent(__global uint *a)
{
	size_t i = get_global_id(0);
	uint x = a[i], n = 0;
	while (x != 1) {
		if (x & 1)
			x = 3 * x + 1;
		else
			x /= 2;
		n++;
		if (n > 1000)
			break;
	}
	switch (n & 3) {
	case 0:
		n += 10;
		break;
	case 1:
		n *= 2;
		break;
	case 2:
		n ^= 5;
	}
	a[i] = n;
}

__kernel void subgroup(__global uint *a)
{
	size_t i = get_global_id(0);
	uint x = a[i];
	a[i] = sub_group_reduce_add(x) + sub_group_broadcast(x, 3) +
	       sub_group_scan_inclusive_add(x);
}

__kernel void fence(__global volatile uint *flag, __global uint *data)
{
	if (get_global_id(0) == 0) {
		data[1] = 42;
		mem_fence(CLK_GLOBAL_MEM_FENCE);
		atomic_xchg(flag, 1u);
		while (atomic_add(flag + 16, 0u) != 2)
			;
	}
	data[2 + get_global_id(0)] = data[1] + 1;
}
