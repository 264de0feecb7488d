# Sets JAVA_HOME to a JDK 25 or newer; sourced by mvnw, culvert and check.
# Looks at JAVA_HOME, then at the java and javac on the path, then in the usual folders; where there is none, fetches one
# (fetch-jdk.sh, beside this file).
culvert_java_major() {
  [ -x "$1/bin/javac" ] || return 1
  # A JDK says its version in a file; to start it costs as much as a quarter of Culvert's own start.
  culvert_said=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$1/release" 2>/dev/null)
  if [ -n "$culvert_said" ]; then
    echo "$culvert_said"
  else
    "$1/bin/javac" -version 2>&1 | sed -n 's/^javac \([0-9]*\).*/\1/p'
  fi
}

# Says how a system gets a JDK 25: by its packages where its release has one without windows, else by Temurin's.
# The file of os-release(5) is the first argument, what uname says the second.
culvert_jdk_advice() {
  culvert_id= culvert_release= culvert_like= culvert_name=
  if [ "$2" = Darwin ]; then
    culvert_id=macos
  elif [ -r "$1" ]; then
    # In a shell of its own: the file sets what it likes.
    culvert_id=$(. "$1" && echo "${ID:-}")
    culvert_like=$(. "$1" && echo "${ID_LIKE:-}")
    culvert_release=$(. "$1" && echo "${VERSION_ID:-}")
    culvert_name=$(. "$1" && echo "${NAME:-$ID} ${VERSION_ID:-}")
  fi
  culvert_temurin="a JDK 25 of Temurin: https://adoptium.net/installation/"
  for culvert_system in $culvert_id $culvert_like; do
    case $culvert_system in
      debian)
        # Derivatives have version numbers of their own.
        if [ "$culvert_id" = debian ] && [ -n "$culvert_release" ] && [ "${culvert_release%%.*}" -lt 13 ] 2>/dev/null; then
          echo "$culvert_name has no package of it. Install temurin-25-jdk of Adoptium's apt repository," \
            "https://adoptium.net/installation/linux/, or unpack a JDK 25 under /opt/java."
          return
        fi
        culvert_command="apt-get update && apt-get install openjdk-25-jdk-headless"
        ;;
      ubuntu) culvert_command="apt-get update && apt-get install openjdk-25-jdk-headless" ;;
      fedora | rhel | centos) culvert_command="dnf install java-25-openjdk-devel" ;;
      alpine) culvert_command="apk add openjdk25-jdk" ;;
      arch) culvert_command="pacman -S jdk25-openjdk" ;;
      suse | opensuse*) culvert_command="zypper install java-25-openjdk-devel" ;;
      macos)
        culvert_command="brew install openjdk"
        culvert_temurin="the package for macOS: https://adoptium.net/"
        ;;
      *) continue ;;
    esac
    echo "Install one with '$culvert_command', or where the system's release has none, $culvert_temurin"
    return
  done
  echo "Install the system's package of JDK 25, or $culvert_temurin"
}

culvert_find_jdk() {
  culvert_on_path=$(command -v javac 2>/dev/null || true)
  if [ -n "$culvert_on_path" ]; then
    culvert_on_path=$(readlink -f "$culvert_on_path" 2>/dev/null || echo "$culvert_on_path")
    culvert_on_path=$(dirname "$(dirname "$culvert_on_path")")
  fi
  for culvert_jdk in "${JAVA_HOME:-}" "$culvert_on_path" \
    /usr/lib/jvm/*25* /usr/lib/jvm/* /opt/java/* /opt/jdk* /opt/homebrew/opt/openjdk* /usr/local/opt/openjdk* \
    /Library/Java/JavaVirtualMachines/*/Contents/Home \
    "${HOME:-}"/.sdkman/candidates/java/* "${HOME:-}"/.jdks/* "${HOME:-}"/.local/share/mise/installs/java/*; do
    [ -n "$culvert_jdk" ] || continue
    culvert_major=$(culvert_java_major "$culvert_jdk") || continue
    if [ "${culvert_major:-0}" -ge 25 ] 2>/dev/null; then
      JAVA_HOME=$culvert_jdk
      export JAVA_HOME
      return 0
    fi
  done
  # A shell does not say where the file is that it sources; who sources this one stands at the root, or has said where that is.
  for culvert_fetch in "${root:-.}/.mvn/fetch-jdk.sh" "$(dirname "$0")/.mvn/fetch-jdk.sh"; do
    [ -r "$culvert_fetch" ] || continue
    . "$culvert_fetch"
    if culvert_fetch_jdk; then
      return 0
    fi
    break
  done
  echo "Culvert needs a JDK 25 or newer, and none was found." >&2
  culvert_jdk_advice /etc/os-release "$(uname -s 2>/dev/null)" >&2
  echo "Or point JAVA_HOME at a JDK that is here. A release archive of Culvert, or its Debian package, needs none." >&2
  return 1
}

culvert_find_jdk || exit 1
