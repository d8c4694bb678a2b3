# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0
#
# What the other scripts share: where things are cached, and how a kernel and
# the module for it come to be there. Sourced, never run.
#
# Layout of the cache ($SBD_CACHE, else $XDG_CACHE_HOME/shadowbuddy, else
# ~/.cache/shadowbuddy):
#
#   src/linux-source-V/   unpacked kernel source, shared and never edited
#   kernels/KEY/          one bootable kernel: bzImage, release, kdir, modules/
#   kernels/NAME -> KEY   the kernel that a name stands for at present
#   build/CHECKOUT/REL/   the module of one checkout for one kernel release
#   initrd/HASH           what testbox boots into
#   kunit/                see scripts/kunit
#   locks/                one file a lock
#
# Whatever is made is made under a temporary name and renamed when whole, so
# that a path that exists is complete. Nothing here is installed on the host.

shopt -s inherit_errexit
# modprobe and its like, for who is not root
PATH=$PATH:/usr/sbin:/sbin

SBD_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd -P)
SBD_CACHE=${SBD_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/shadowbuddy}
mkdir -p "$SBD_CACHE"/{src,kernels,build,initrd,kunit,locks}
SBD_CACHE=$(cd "$SBD_CACHE" && pwd -P)
export SBD_CACHE

SBD_KERNELS=(debian-6.1 debian-6.12 cma-6.12 debug-6.12)

# Every way that the kernel has of saying that it found a fault.
SBD_SPLAT='WARNING:|BUG:|BUG at|Oops:|Kernel panic|KASAN:|KFENCE:|UBSAN:|KCSAN:'
SBD_SPLAT+='|ODEBUG:|general protection fault|Unable to handle'
SBD_SPLAT+='|possible (recursive|circular|irq lock inversion)|inconsistent .*lock'
SBD_SPLAT+='|suspicious RCU usage|INFO: trying to register non-static key'
SBD_SPLAT+='|blocked for more than|rcu.*(stall|starved)|soft lockup|hard LOCKUP'
SBD_SPLAT+='|list_(add|del) corruption|refcount_t:|kmemleak: [1-9]'
SBD_SPLAT+='|scheduling while atomic|sleeping function called|\[ cut here \]'
export SBD_SPLAT

note() { printf '%s: %s\n' "${0##*/}" "$*" >&2; }
die() { note "$*"; exit 3; }
usage_error() { note "$* (see --help)"; exit 2; }

# The block of comments that a script begins with, SPDX line excepted, is its
# help text: there is then only one text to keep true.
print_help() {
	sed -n '2,/^[^#]/{/^# SPDX/d;/^#/!d;s/^# \{0,1\}//;p}' "$0"
}

# need PROGRAM...
need() {
	local prog
	for prog; do
		command -v "$prog" >/dev/null ||
			die "no $prog here; run scripts/setup first"
	done
}

# is_uint WORD
is_uint() { [[ $1 =~ ^[0-9]+$ ]]; }

# with_lock NAME COMMAND...: one caller at a time, across processes. The lock's
# descriptor is closed for the command, or a daemon that it leaves behind (a
# compiler cache, say) would hold the lock for ever. A subshell, and no "||"
# here, so that set -e still holds inside.
with_lock() {
	local name=$1
	shift
	(
		flock 9
		"$@" 9>&-
	) 9>"$SBD_CACHE/locks/$name"
}

short_hash() { sha256sum | cut -c1-12; }

# ---- Debian packages -------------------------------------------------------

need_apt() {
	command -v apt-get >/dev/null ||
		die "$1 comes from Debian's archive, and apt-get is not here"
}

# pkg_dep PACKAGE REGEX: the first package that PACKAGE depends on by that name.
pkg_dep() {
	apt-cache depends "$1" 2>/dev/null |
		sed -n 's/^ |\{0,1\} *|\{0,1\}Depends: //p' | grep -E -m1 -- "$2"
}

# Run by root, apt would download as a user who cannot see the cache.
download_pkgs() (
	cd "$1" && shift
	apt-get -qq -o APT::Sandbox::User=root download "$@"
)

# unpack_pkgs DIR PACKAGE...: download without installing, unpack into DIR.
# Stale package lists name files that the mirror has dropped, so one failure is
# answered by an update and a second try.
unpack_pkgs() {
	local dir=$1 deb
	shift
	mkdir -p "$dir" "$dir.debs"
	if ! download_pkgs "$dir.debs" "$@"; then
		note "updating the package lists"
		with_lock apt apt-get -qq update || die "apt-get update failed"
		download_pkgs "$dir.debs" "$@" || die "no download of $*"
	fi
	for deb in "$dir.debs"/*.deb; do
		dpkg -x "$deb" "$dir"
	done
	rm -rf "$dir.debs"
}

# ---- Kernels ---------------------------------------------------------------

# debian_image SERIES: the package that the metapackage stands for today.
debian_image() {
	local meta=linux-image-$1-amd64 img
	# 6.1 is Debian 12's own kernel and has no metapackage of its number.
	[[ $1 == 6.1 ]] && meta=linux-image-amd64
	img=$(pkg_dep "$meta" "^linux-image-$1[.]") || {
		note "updating the package lists"
		with_lock apt apt-get -qq update >&2 || die "apt-get update failed"
		img=$(pkg_dep "$meta" "^linux-image-$1[.]") ||
			die "no package $meta for $1 in the configured Debian suites"
	}
	echo "$img"
}

# fetch_debian NAME SERIES: image and headers of one release, not installed.
fetch_debian() {
	local name=$1 img rel hdr key tmp
	need_apt "$name"
	img=$(debian_image "$2")
	rel=${img#linux-image-}
	hdr=linux-headers-$rel
	key=$SBD_CACHE/kernels/debian-$rel
	tmp=$key.tmp
	if [[ ! -d $key ]]; then
		note "fetching $name ($rel)"
		rm -rf "$tmp" "$tmp.debs"
		unpack_pkgs "$tmp" "$img" "$hdr" \
			"$(pkg_dep "$hdr" '^linux-headers-.*-common$')" \
			"$(pkg_dep "$hdr" '^linux-kbuild-')"
		ln -s "boot/vmlinuz-$rel" "$tmp/bzImage"
		# The headers find each other under /usr/src. Ours are
		# elsewhere, and one include line is all that says so.
		sed -i "s|/usr/src/|$key/usr/src/|" "$tmp/usr/src/$hdr/Makefile"
		ln -s "usr/src/$hdr" "$tmp/kdir"
		ln -s lib/modules "$tmp/modules"
		depmod -b "$tmp" "$rel"
		# No link to the headers: where there is one, bpftrace parses
		# them instead of taking the kernel's BTF, and is the slower.
		rm -f "$tmp/lib/modules/$rel"/{build,source}
		echo "$rel" >"$tmp/release"
		mv "$tmp" "$key"
	fi
	ln -sfn "${key##*/}" "$SBD_CACHE/kernels/$name"
}

# source_tarball SERIES: path of Debian's source, from the installed package if
# there is one, else downloaded.
source_tarball() {
	local pkg=linux-source-$1 dir=$SBD_CACHE/src/.deb-$1
	if [[ -f /usr/src/$pkg.tar.xz ]]; then
		echo "/usr/src/$pkg.tar.xz"
		return
	fi
	need_apt "$pkg"
	[[ -f $dir/usr/src/$pkg.tar.xz ]] || {
		note "fetching $pkg"
		rm -rf "$dir"
		unpack_pkgs "$dir" "$pkg" >&2
	}
	echo "$dir/usr/src/$pkg.tar.xz"
}

unpack_source() {
	local dir=$SBD_CACHE/src/linux-source-$1 tmp tar
	[[ -d $dir ]] && return
	tar=$(source_tarball "$1")
	note "unpacking ${tar##*/}"
	tmp=$SBD_CACHE/src/.tmp-$1
	rm -rf "$tmp"
	mkdir -p "$tmp"
	tar -C "$tmp" -xf "$tar"
	mv "$tmp/linux-source-$1" "$dir"
	rm -rf "$tmp" "$SBD_CACHE/src/.deb-$1"
}

# kernel_source SERIES: ensure the unpacked source and print where it is.
kernel_source() {
	with_lock "src-$1" unpack_source "$1" >&2
	echo "$SBD_CACHE/src/linux-source-$1"
}

# config_of NAME: the lines that NAME is configured from; a later one overrides
# an earlier. Without comments: rewording one must not rebuild a kernel.
config_of() {
	local dir=$SBD_ROOT/scripts/configs
	case $1 in
	cma-*) grep -h '^CONFIG_' "$dir/cma" ;;
	debug-*) grep -h '^CONFIG_' "$dir/cma" "$dir/debug" ;;
	esac
}

# A symbol that Kconfig drops (a dependency is missing, or it was renamed) goes
# unsaid by make; a kernel without it would pass tests that it never ran.
check_config() {
	local want bad=0
	while read -r want; do
		case $want in
		CONFIG_*=n) ! grep -q "^${want%=n}=" "$2" ;;
		CONFIG_*) grep -qxF -- "$want" "$2" ;;
		*) continue ;;
		esac || { note "config: $want did not hold"; bad=1; }
	done < <(awk -F= '/^CONFIG_/ { last[$1] = $0 }
		END { for (s in last) print last[s] }' "$1")
	[[ $bad == 0 ]]
}

# build_kernel NAME SERIES KEYDIR: from Debian's source, nothing but what the
# fragments ask for. The tree stays, prepared for external modules.
build_kernel() {
	local name=$1 src tmp=$3.tmp start=$SECONDS
	src=$(kernel_source "$2")
	note "building $name (once; some minutes), log in $tmp/log"
	# What an interrupted build has left is of the same configuration: make
	# goes on from there.
	mkdir -p "$tmp/kdir"
	config_of "$name" >"$tmp/fragment"
	if ! compile_kernel "$src" "$tmp" >"$tmp/log" 2>&1; then
		tail -n 25 "$tmp/log" >&2
		die "building $name failed"
	fi
	make -s -C "$tmp/kdir" kernelrelease >"$tmp/release"
	ln -sf kdir/arch/x86/boot/bzImage "$tmp/bzImage"
	mkdir -p "$tmp/modules/$(<"$tmp/release")"
	mv "$tmp" "$3"
	note "built $name in $((SECONDS - start)) s"
}

compile_kernel() {
	local src=$1 tmp=$2
	make -C "$src" O="$tmp/kdir" KCONFIG_ALLCONFIG="$tmp/fragment" \
		allnoconfig || return
	check_config "$tmp/fragment" "$tmp/kdir/.config" || return
	# Kernel and modules are built for this machine only: a tool that the
	# user has set for other work must not change them.
	env -u CFLAGS -u LDFLAGS make -C "$tmp/kdir" -j"$(nproc)" \
		bzImage modules
}

make_built() {
	local name=$1 series=${1#*-} src key
	src=$(kernel_source "$series")
	key=$SBD_CACHE/kernels/$name-$(make -s -C "$src" kernelversion)-$(
		config_of "$name" | short_hash)
	[[ -d $key ]] || build_kernel "$name" "$series" "$key"
	ln -sfn "${key##*/}" "$SBD_CACHE/kernels/$name"
}

make_kernel() {
	case $1 in
	debian-*)
		# A link that is there is used as it is: a run needs no network.
		[[ -e $SBD_CACHE/kernels/$1 ]] || fetch_debian "$1" "${1#debian-}" ;;
	*) make_built "$1" ;;
	esac
}

# kernel_dir NAME: ensure a kernel and print its folder.
kernel_dir() {
	local k
	for k in "${SBD_KERNELS[@]}"; do
		[[ $k == "$1" ]] || continue
		with_lock "kernel-$1" make_kernel "$1" >&2
		readlink -f "$SBD_CACHE/kernels/$1"
		return
	done
	usage_error "unknown kernel '$1'; there are: ${SBD_KERNELS[*]}"
}

# ---- The module ------------------------------------------------------------

# build_dir RELEASE: where this checkout's module for that release is built. One
# whose rules can be broken (SBD_BREAK=1, see scripts/mutations) is another.
build_dir() {
	echo "$SBD_CACHE/build/$(printf %s "$SBD_ROOT" | short_hash)/$1${SBD_BREAK:+-break}"
}

# Copy the sources. Times are not kept: a file whose content changed is newer
# than every object, one that did not is left alone, which is just what make
# needs, whatever git or tar did to the times in the checkout.
sync_sources() {
	local from=("$SBD_ROOT/Kbuild" "$SBD_ROOT/module") dir=$1
	[[ -d $SBD_ROOT/kunit ]] && from+=("$SBD_ROOT/kunit")
	mkdir -p "$dir"
	rsync -rlp --checksum --delete --exclude='*.mod.c' \
		--include='*/' --include='*.[chS]' --include=Kbuild \
		--include=Makefile --include=Kconfig --exclude='*' "${from[@]}" "$dir/"
}

compile_module() {
	local kdir=$1 dir=$2
	sync_sources "$dir" || return
	# Debian's headers lack vmlinux on 6.1, hence its BTF remark; the rest
	# of what kbuild says is the reader's business.
	make -s -C "$kdir" M="$dir" W=1 -j"$(nproc)" modules \
		2> >(grep -v '^Skipping BTF generation' >&2) || return
	[[ -f $dir/shadowbuddy.ko ]]
}

# build_module KERNEL: ensure the module for a kernel is fresh; print its path.
build_module() {
	local kernel dir
	kernel=$(kernel_dir "$1")
	dir=$(build_dir "$(<"$kernel/release")")
	with_lock "build-$(printf %s "$dir" | short_hash)" \
		compile_module "$kernel/kdir" "$dir" >&2 ||
		die "the module does not build for $1"
	echo "$dir/shadowbuddy.ko"
}

# ---- The command line -------------------------------------------------------

# What the sanitizers see ends the program at once, with a status of its own.
SBD_ASAN='-O1 -g -fsanitize=address,undefined -fno-sanitize-recover=all'

# build_cli [asan]: ensure that tools/shadowbuddy is fresh, with the sanitizers if
# so asked; print its path.
build_cli() {
	local dir flags='-O2 -g'
	dir=$(build_dir "tools${1:+-$1}")
	[[ ${1-} != asan ]] || flags=$SBD_ASAN
	mkdir -p "$dir"
	with_lock "build-$(printf %s "$dir" | short_hash)" \
		make -s -C "$SBD_ROOT/tools" -j"$(nproc)" O="$dir" CFLAGS="$flags" >&2 ||
		die "the command line does not build"
	echo "$dir/shadowbuddy"
}
