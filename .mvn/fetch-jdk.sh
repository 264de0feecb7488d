# Fetches a JDK 25 where this machine has none; sourced by find-jdk.sh.
#
# Temurin for this system and processor, as Adoptium's API names it with its SHA-256, into ~/.cache/culvert/jdk, which all
# checkouts share. CULVERT_JDK=no forbids it. CULVERT_JDK_URL names a mirror: of the API; or, where it ends with .tar.gz, of the
# archive itself, with its sum beside it under the same name and .sha256.txt, as Adoptium publishes it.

# Writes what an address has to a file. A server that says nothing for CULVERT_JDK_SECONDS (30) is given up.
culvert_download() {
  culvert_silence=${CULVERT_JDK_SECONDS:-30}
  if command -v curl > /dev/null 2>&1; then
    curl -fsSL --connect-timeout "$culvert_silence" --speed-limit 1 --speed-time "$culvert_silence" -o "$2" "$1"
  elif command -v wget > /dev/null 2>&1; then
    wget -q --tries=1 --timeout="$culvert_silence" -O "$2" "$1"
  else
    echo "culvert: neither curl nor wget is here to fetch a JDK with" >&2
    return 1
  fi
}

culvert_sha256() {
  if command -v sha256sum > /dev/null 2>&1; then
    sha256sum "$1" | sed 's/ .*//'
  else
    shasum -a 256 "$1" | sed 's/ .*//'
  fi
}

# What Adoptium calls this system and processor: "linux x64".
culvert_jdk_platform() {
  case $(uname -m) in
    x86_64 | amd64) culvert_processor=x64 ;;
    aarch64 | arm64) culvert_processor=aarch64 ;;
    *) return 1 ;;
  esac
  case $(uname -s) in
    Linux)
      culvert_os=linux
      for culvert_libc in /lib/ld-musl-*; do
        [ ! -e "$culvert_libc" ] || culvert_os=alpine-linux
      done
      ;;
    Darwin) culvert_os=mac ;;
    *) return 1 ;;
  esac
  echo "$culvert_os $culvert_processor"
}

# Sets culvert_link and culvert_sum by what the server says; "$1" is a file to write to.
culvert_ask_for_jdk() {
  culvert_base=${CULVERT_JDK_URL:-https://api.adoptium.net}
  case $culvert_base in
    *.tar.gz)
      culvert_link=$culvert_base
      culvert_download "$culvert_base.sha256.txt" "$1" || return 1
      culvert_sum=$(sed -n '1s/^\([0-9a-fA-F]*\).*/\1/p' "$1")
      ;;
    *)
      culvert_asked="architecture=${2#* }&image_type=jdk&jvm_impl=hotspot&os=${2% *}&vendor=eclipse"
      culvert_download "${culvert_base%/}/v3/assets/latest/25/hotspot?$culvert_asked" "$1" || return 1
      culvert_said=$(tr '\n' ' ' < "$1" | sed -n 's/.*"package" *: *{\([^}]*\)}.*/\1/p')
      culvert_link=$(echo "$culvert_said" | sed -n 's/.*"link" *: *"\([^"]*\)".*/\1/p')
      culvert_sum=$(echo "$culvert_said" | sed -n 's/.*"checksum" *: *"\([^"]*\)".*/\1/p')
      ;;
  esac
  if [ -z "$culvert_link" ] || [ ${#culvert_sum} -ne 64 ]; then
    echo "culvert: $culvert_base names no JDK 25 with its SHA-256 for $2" >&2
    return 1
  fi
}

# Fetches, verifies and moves into place, in a shell of its own, which leaves nothing of a failure behind.
culvert_fetch_into() (
  set -eu
  culvert_new=$(mktemp -d "$1/.new.XXXXXX")
  trap 'rm -rf "$culvert_new"' EXIT
  trap 'exit 130' INT
  trap 'exit 143' TERM
  culvert_ask_for_jdk "$culvert_new/answer" "$2" || exit 1
  culvert_download "$culvert_link" "$culvert_new/archive" || exit 1
  if [ "$(culvert_sha256 "$culvert_new/archive")" != "$(echo "$culvert_sum" | tr A-F a-f)" ]; then
    echo "culvert: what $culvert_link gave is not what its SHA-256 says, and is thrown away" >&2
    exit 1
  fi
  mkdir "$culvert_new/jdk"
  tar -xzf "$culvert_new/archive" -C "$culvert_new/jdk"
  for culvert_tree in "$culvert_new"/jdk/*; do
    # Whoever was quicker has put the same there.
    [ -d "$1/temurin-$culvert_sum" ] || mv "$culvert_tree" "$1/temurin-$culvert_sum"
  done
)

# Sets JAVA_HOME to a JDK that was fetched before, or is now.
culvert_fetch_jdk() {
  [ -n "${HOME:-}" ] || return 1
  if JAVA_HOME=$(culvert_fetched_jdk); then
    export JAVA_HOME
    return 0
  fi
  [ "${CULVERT_JDK:-}" != no ] || return 1
  culvert_platform=$(culvert_jdk_platform) || return 1
  culvert_cache=$HOME/.cache/culvert/jdk
  echo "culvert: no JDK 25 on this machine: fetching Temurin 25 ($culvert_platform, 200 MB) into $culvert_cache ..." >&2
  mkdir -p "$culvert_cache" || return 1
  if command -v flock > /dev/null 2>&1; then
    # Of two starts at once one fetches, and the other waits for it.
    (
      flock 8
      culvert_fetched_jdk > /dev/null || culvert_fetch_into "$culvert_cache" "$culvert_platform"
    ) 8> "$culvert_cache/lock" || culvert_fetch_failed || return 1
  else
    culvert_fetch_into "$culvert_cache" "$culvert_platform" || culvert_fetch_failed || return 1
  fi
  JAVA_HOME=$(culvert_fetched_jdk) || culvert_fetch_failed || return 1
  export JAVA_HOME
}

# The JDK that has been fetched.
culvert_fetched_jdk() {
  for culvert_home in "$HOME"/.cache/culvert/jdk/temurin-* "$HOME"/.cache/culvert/jdk/temurin-*/Contents/Home; do
    culvert_major=$(culvert_java_major "$culvert_home") || continue
    [ "${culvert_major:-0}" -ge 25 ] 2> /dev/null || continue
    echo "$culvert_home"
    return 0
  done
  return 1
}

culvert_fetch_failed() {
  echo "culvert: it could not be fetched" >&2
  return 1
}
