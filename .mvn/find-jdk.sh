# Sets JAVA_HOME to a JDK 25 or newer; sourced by mvnw, culvert and check.
# Looks at JAVA_HOME, then at the java and javac on the path, then in the usual folders.
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

culvert_find_jdk() {
  culvert_on_path=$(command -v javac 2>/dev/null || true)
  if [ -n "$culvert_on_path" ]; then
    culvert_on_path=$(readlink -f "$culvert_on_path" 2>/dev/null || echo "$culvert_on_path")
    culvert_on_path=$(dirname "$(dirname "$culvert_on_path")")
  fi
  for culvert_jdk in "${JAVA_HOME:-}" "$culvert_on_path" \
    /usr/lib/jvm/*25* /usr/lib/jvm/* /opt/java/* /opt/jdk* /opt/homebrew/opt/openjdk* \
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
  echo "Culvert needs a JDK 25 or newer, and none was found." >&2
  # The name of a package where this system's packages have one; each is a JDK without windows.
  if command -v apk > /dev/null 2>&1; then
    culvert_install="'apk add openjdk25-jdk'"
  elif command -v dnf > /dev/null 2>&1; then
    culvert_install="'dnf install java-25-openjdk-devel'"
  elif command -v pacman > /dev/null 2>&1; then
    culvert_install="'pacman -S jdk25-openjdk'"
  elif command -v zypper > /dev/null 2>&1; then
    culvert_install="'zypper install java-25-openjdk-devel'"
  elif command -v brew > /dev/null 2>&1; then
    culvert_install="'brew install openjdk'"
  elif command -v apt-get > /dev/null 2>&1; then
    culvert_install="'apt-get install openjdk-25-jdk-headless'"
  else
    culvert_install="its package of JDK 25"
  fi
  echo "Install $culvert_install where the system's release has it, else Temurin 25 from adoptium.net;" >&2
  echo "or point JAVA_HOME at a JDK that is here." >&2
  return 1
}

culvert_find_jdk || exit 1
