# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# workloads.sh: what a machine may do, for tests of the mirror. Sourced, after
# testlib.sh; round_NAME does a round of it. make_disk has to come first.
#
#   build   many short processes, four at a time
#   cache   files read and written, so that the page cache is turned over
#   anon    anonymous memory, more of it than there is for free, swap; forks
#   net     TCP and UDP over the loopback: orders 0 to 3, many of them atomic
#   mixed   memory full of files' pages, then directories and small files: types mix

mem_mb() { awk -v name="$1:" '$1 == name { print int($2 / 1024) }' /proc/meminfo; }

# One process of four, ended with it.
four() {
	local i pids=()
	for i in 1 2 3 4; do
		"$@" "$i" >/dev/null 2>&1 &
		pids+=("$!")
	done
	wait "${pids[@]}" || true
}

compile() {
	local i
	for ((i = 0; i < 12; i++)); do
		sh -c 'ls -l /usr/bin | sort -k 5n | tail -n 20 | sed s/usr/var/'
		/bin/true
		echo "int f$i(void) { return $i; }" | od -c | wc -l
	done
}
round_build() { four compile; }

# A disk of compressed memory, with some files on it: its pages can be reclaimed,
# and have to be written first.
make_disk() {
	modprobe -a ext4
	modprobe zram num_devices=2
	echo 700M >/sys/block/zram0/disksize
	mkfs.ext4 -q /dev/zram0
	mkdir -p /tmp/disk
	mount /dev/zram0 /tmp/disk
	find /usr/lib /usr/share -maxdepth 4 -type f -size -300k 2>/dev/null |
		sort | head -n 12000 | cpio -pdm --quiet /tmp/disk 2>/dev/null || true
	sync
	du -sm /tmp/disk
}

churn() {
	local f=/tmp/disk/churn.$1
	find /tmp/disk/usr -type f | shuf -n 600 | xargs -d '\n' cat >"$f" || true
	rm -f "$f"
}
round_cache() { four churn; }

# Four that together have nearly all that can be had, and touch it again and again,
# while files are read: what is free is near the marks, and kswapd at work.
grab() {
	python3 - "$1" "$(($(mem_mb MemTotal) * 22 / 100))" <<-'EOF'
	import os, random, sys, time
	rng = random.Random(int(sys.argv[1]))
	size = int(sys.argv[2]) << 20
	held = bytearray(size)
	for at in range(0, size, 4096):
	    held[at] = 1
	end = time.monotonic() + 6
	while time.monotonic() < end:
	    if not os.fork():
	        for _ in range(500):
	            held[rng.randrange(size)] = 2
	        os._exit(0)
	    os.wait()
	EOF
}
read_files() {
	while :; do
		find /tmp/disk/usr -type f | shuf -n 500 | xargs -d '\n' cat >/dev/null
	done
}
round_anon() {
	local reader
	if ! grep -q zram1 /proc/swaps; then
		echo 400M >/sys/block/zram1/disksize
		mkswap -q /dev/zram1 >/dev/null
		swapon /dev/zram1
	fi
	read_files &
	reader=$!
	four grab
	kill "$reader"
	wait "$reader" || true
}

talk() {
	python3 - "$1" <<-'EOF'
	import os, socket, sys
	who = int(sys.argv[1])
	if who % 2:
	    a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)
	    server = socket.create_server(("127.0.0.1", 4000 + who))
	    if not os.fork():
	        c = socket.create_connection(("127.0.0.1", 4000 + who))
	        for i in range(400):
	            c.sendall(b"x" * (1 << (8 + i % 12)))
	        os._exit(0)
	    c = server.accept()[0]
	    while c.recv(1 << 16):
	        pass
	else:
	    s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    s.bind(("127.0.0.1", 4000 + who))
	    s.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
	    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	    for i in range(300):
	        for k in range(8):
	            out.sendto(b"y" * (200 << (i + k) % 8), ("127.0.0.1", 4000 + who))
	        for k in range(8):
	            s.recv(1 << 16)
	EOF
}
round_net() { four talk; }

# What cannot be moved has to find a place among what can.
mixed() {
	python3 - "$1" <<-'EOF'
	import os, sys
	top = "/tmp/mixed." + sys.argv[1]
	os.makedirs(top)
	for i in range(6000):
	    os.mkdir(f"{top}/{i}")
	    if i % 3:
	        with open(f"{top}/{i}/f", "w") as f:
	            f.write("x" * 100)
	for i in range(0, 6000, 3):
	    os.rmdir(f"{top}/{i}")
	EOF
	rm -rf "/tmp/mixed.$1"
}
round_mixed() {
	find /tmp/disk/usr -type f -exec cat {} + >/dev/null
	four mixed
}
