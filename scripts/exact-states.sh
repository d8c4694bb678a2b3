# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# How a testbox's memory comes into a state that is worth a test. Sourced, never
# run.

mem_mb() { awk -v w="$1:" '$1 == w { print int($2 / 1024) }' /proc/meminfo; }

empty_tmp() { rm -rf /tmp/f /tmp/hog; }

# All of memory may go to files in /tmp.
whole_memory() { mount -o remount,size=100%,nr_inodes=0 /tmp; }

# fill MIB SHARE [ZONE]: files of one to sixteen pages until no more than that is
# free, in all or in the zone of that name on the last node, then one in SHARE
# removed
fill() {
	whole_memory
	python3 -B - "$1" "$2" "${3-}" <<-'END'
	import os, random, re, sys
	leave, share, zone = int(sys.argv[1]) << 8, int(sys.argv[2]), sys.argv[3]
	where = re.compile(rf"zone +{zone}\n +pages free +(\d+)" if zone else r"nr_free_pages (\d+)")
	said = open("/proc/zoneinfo" if zone else "/proc/vmstat")
	random.seed(3)
	data, names = b"x" * 65536, []
	if zone:
	    os.sched_setaffinity(0, {os.cpu_count() - 1})
	def free():
	    said.seek(0)
	    return int(where.findall(said.read())[-1])
	while True:
	    folder = f"/tmp/f/{len(names) // 200}"
	    if len(names) % 200 == 0:
	        if free() < leave:
	            break
	        os.makedirs(folder)
	    size = random.choice([4096, 4096, 4096, 8192, 16384, 65536])
	    names.append(f"{folder}/{len(names)}")
	    with open(names[-1], "wb") as f:
	        f.write(data[:size])
	random.shuffle(names)
	for name in names[:len(names) // share]:
	    os.unlink(name)
	END
}

# leave MIB: fill memory up to that
leave() {
	local n=$(($(mem_mb MemFree) - $1))
	whole_memory
	((n <= 0)) || dd if=/dev/zero of=/tmp/hog bs=1M count="$n" status=none
}

# Everything at once: forks, page cache, anonymous memory, files that come and go.
# Ends when there is /tmp/enough.
crowd() {
	while [[ ! -e /tmp/enough ]]; do
		find /usr/lib -maxdepth 2 -type f -size -200k -exec cat {} + |
			head -c 30000000 >/tmp/copy
		python3 -c 'x = bytearray(40 << 20)
for i in range(0, len(x), 4096): x[i] = 1'
		for _ in 1 2 3 4 5; do /bin/true; done
		rm -f /tmp/copy
	done >/dev/null 2>&1
}

# among_others COMMAND...: while others allocate
among_others() {
	rm -f /tmp/enough
	crowd &
	crowd &
	"$@"
	touch /tmp/enough
	wait
}

# use_cma_half: allocate half of the first CMA area, as a driver would
use_cma_half() {
	local area=(/sys/kernel/debug/cma/*)
	echo $(($(cat "${area[0]}/count") / 2)) >"${area[0]}/alloc"
}
