#!/bin/bash
# SPDX-License-Identifier: BSD-2-Clause
# rpm.sh BUILD: builds the RPM packages, looks at them, and takes them through
# their life in a tree. Fedora and RHEL themselves are not here: packaging/README.md
# says what that leaves open.
set -euo pipefail
. tests/lib/tap.sh
. tests/lib/nspawn.sh
build=$(cd "$1" && pwd)
packages=$build/packages
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

if ! type rpmbuild rpmlint semodule_unpackage >/dev/null 2>&1; then
    skip 'RPM packages' 'rpm, rpmlint or semodule-utils is not installed'
    tap_end
    exit
fi
spec=packaging/rpm/pam_httpauth.spec
is 'the packages have the version of the sources' \
    "$(sed -n 's/^AC_INIT(\[pam_httpauth\], \[\(.*\)\])/\1/p' configure.ac)" \
    "$(sed -n 's/^Version: *//p' "$spec")"
check 'the packages are built' bash packaging/build-rpm.sh "$build"
if [ "$tap_failed" -ne 0 ]; then
    tap_end
    exit 1
fi
is 'rpmlint has nothing to say' '' "$(rpmlint -c packaging/rpm/rpmlint.toml \
    "$spec" "$packages"/*.rpm 2>&1 | grep -E ': [EW]: ' || :)"

one() { echo "$packages/$1"-[0-9]*.{x86_64,aarch64,noarch}.rpm | tr ' ' '\n' |
    grep -v '\*'; }
lists() { rpm -qp --qf '[%{FILEMODES:perms} %{FILEUSERNAME} %{FILEGROUPNAME} %{FILENAMES}\n]' \
    "$(one "$1")" 2>/dev/null; }
module_libs=$(rpm -qp --requires "$(one pam_httpauth)" 2>/dev/null |
    grep -oE '^lib[a-z]+' | sort -u | paste -sd ' ')
is 'the module wants libc and libpam' 'libc libpam' "$module_libs"
has 'it goes where modules are' <(lists pam_httpauth) \
    '^-rwxr-xr-x root root /usr/lib64/security/pam_httpauth.so$'
has 'the drop-in sorts before that of the distribution' <(lists pam_httpauth) \
    '^-rw------- root root /etc/ssh/sshd_config.d/40-httpauth.conf$'
is 'and says nothing before somebody wants it to' '' \
    "$(rpm2cpio "$(one pam_httpauth)" | cpio -i --quiet --to-stdout \
        ./etc/ssh/sshd_config.d/40-httpauth.conf | grep '^[^#]' || :)"
has 'the user comes before the files that are for it' \
    <(rpm -qp --scripts "$(one httpauthd)" 2>/dev/null | sed '/^postinstall/,$d') \
    '^u httpauthd '
has 'the configuration is for root and the helper' <(lists httpauthd) \
    '^-rw-r----- root httpauthd /etc/httpauth/httpauthd.conf$'
has 'where SELinux is, its policy is wanted' \
    <(rpm -qp --requires "$(one httpauthd)" 2>/dev/null) \
    'httpauthd-selinux = .* if selinux-policy-targeted'
for package in pam_httpauth httpauthd httpauthd-selinux httpauth-client; do
    is "no macro is left over in the scripts of $package" '' \
        "$(rpm -qp --scripts "$(one "$package")" 2>/dev/null | grep -E '^%|^ *%[a-z]' || :)"
    check "and they are scripts" bash -n <(rpm -qp --scripts \
        "$(one "$package")" 2>/dev/null | grep -vE '^[a-z]+ (program|scriptlet)')
done

# --- the SELinux policy ---

(cd "$scratch" && rpm2cpio "$(one httpauthd-selinux)" |
    cpio -id --quiet './usr/share/selinux/*')
pp=$scratch/usr/share/selinux/packages/targeted/httpauthd.pp
bunzip2 "$pp.bz2"
check 'the policy module is one' semodule_unpackage "$pp" "$scratch/mod" "$scratch/fc"
has 'with labels for what is installed' "$scratch/fc" '^/usr/sbin/httpauthd	'
# Fedora 42 has made /usr/sbin a link to /usr/bin.
is 'every path of ours that it labels is one' '' "$(
    sed -n 's|^\(/[a-z/]*\).*|\1|p' "$scratch/fc" |
        grep -vx /usr/bin/httpauthd | while read -r path; do
        grep -qrF "${path#/}" packaging/systemd conf/*.5 helper/daemon/httpauthd.8 \
            packaging/rpm || echo "$path"
    done)"

# --- the authselect profile ---

profile=packaging/authselect
for stack in system-auth password-auth; do
    for phase in auth account session; do
        is "$stack: the $phase line is that of conf/pam.d" \
            "$(awk -v p="$phase" '$1 == p && /pam_httpauth/ { $1 = $1; print }' \
                conf/pam.d/sshd)" \
            "$(awk -v p="$phase" '$1 == p && /pam_httpauth/ { $1 = $1; print }' \
                "$profile/$stack")"
    done
    is "$stack: ours stand where the others leave room for them" \
        'pam_httpauth pam_unix pam_httpauth pam_unix pam_systemd pam_unix pam_httpauth' \
        "$(sed 's/^-//' "$profile/$stack" |
            grep -vE '^password|include if "with-sssd"' |
            grep -oE 'pam_(httpauth|unix|systemd)' | paste -sd ' ')"
done
# as authselect would write it: the lines with their conditions decided
written() { # FEATURES
    local features=" $1 " line name
    while IFS= read -r line; do
        if [[ $line =~ \{(include|exclude)\ if\ \"([a-z-]+)\"\} ]]; then
            name=${BASH_REMATCH[2]}
            case ${BASH_REMATCH[1]}$([[ $features = *" $name "* ]] && echo 1) in
            include | exclude1) continue ;;
            esac
            line=${line/"${BASH_REMATCH[0]}"/}
        fi
        printf '%s\n' "$line" | sed 's/{if not "without-nullok":nullok}/nullok/'
    done
}
for features in '' 'with-sssd with-faillock with-pamaccess with-mkhomedir'; do
    is "no condition is left with '$features'" '' \
        "$(written "$features" <"$profile/password-auth" | grep '[{}]' || :)"
done
check 'the conditions are described' bash -c "
    grep -ohE '(if|not) \"[a-z-]+\"' $profile/* | grep -oE '[a-z]+-[a-z]+' | sort -u |
        while read -r name; do
            grep -q \"^\$name::\" $profile/README || { echo \$name; exit 1; }
        done"

# --- the life of the packages, in a tree ---

if ! type mmdebstrap >/dev/null 2>&1; then
    skip 'installed packages' 'mmdebstrap is not installed'
    tap_end
    exit
fi
tree_make "$build/tree-rpm" systemd,libcurl4,libjansson4,libuv1,libseccomp2,libqrencode4,libsecret-1-0,libpam-modules
cp -a "$build/tree-rpm" "$scratch/root"
root=$scratch/root
in_tree() { chroot "$root" "$@"; }
# What they require is there by Debian's packages, of which rpm knows nothing.
rpm_in() { rpm --root "$root" --nodeps "$@" 2>&1; }
check 'they are installed' rpm_in -i "$(one httpauthd)" "$(one pam_httpauth)" \
    "$(one httpauth-client)"
check 'there is a user for the helper' in_tree getent passwd httpauthd
is 'to whose group the configuration belongs' '640 root:httpauthd' \
    "$(in_tree stat -c '%a %U:%G' /etc/httpauth/httpauthd.conf)"
check 'the programs run' in_tree httpauthctl --version
check 'the configuration that comes with it is one' in_tree httpauthctl config check
echo '# mine' >>"$root/etc/httpauth/httpauthd.conf"
check 'they are installed over themselves' rpm_in -U --force \
    "$(one httpauthd)" "$(one pam_httpauth)"
has 'which keeps what was written' "$root/etc/httpauth/httpauthd.conf" '^# mine$'
mkdir "$root/etc/authselect"
echo 'auth required pam_httpauth.so' >"$root/etc/authselect/system-auth"
stays() { # COMMAND that makes a stack of it
    in_tree "$@" /etc/authselect/system-auth /etc/pam.d/system-auth
    check "the module stays while a stack wants it ($*)" bash -c \
        "! rpm --root '$root' -e --nodeps pam_httpauth"
    check 'it is there' test -e "$root/usr/lib64/security/pam_httpauth.so"
    rm "$root/etc/pam.d/system-auth"
}
stays cp
stays ln -s
check 'they are removed' rpm_in -e pam_httpauth httpauthd httpauth-client
is 'and leave what was written, beside nothing' \
    "$root/etc/httpauth/httpauthd.conf.rpmsave" \
    "$(find "$root"/{etc,usr} -name '*httpauth*' -not -type d)"
tap_end
