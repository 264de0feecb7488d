# shellcheck shell=bash disable=SC2154
# Makes the Debian package from the tree of the archive; sourced by "package", of which it uses home, version, epoch, dist and work.
deb() {
  command -v dpkg-deb >/dev/null 2>&1 || {
    echo "package: no dpkg-deb on this machine, so no Debian package"
    return
  }
  echo "package: making the Debian package"
  local root=$work/deb maintainer script
  maintainer="${DEBFULLNAME:-Culvert} <${DEBEMAIL:-culvert@localhost}>"
  mkdir -p "$root"/{DEBIAN,usr/bin,usr/lib/culvert,usr/lib/systemd/system,usr/share/man,usr/share/doc/culvert,etc/culvert} \
    "$root"/usr/share/{bash-completion/completions,zsh/vendor-completions,fish/vendor_completions.d,lintian/overrides}
  cp -a "$home"/{app,bin,lib,runtime} "$root/usr/lib/culvert/"
  ln -s ../lib/culvert/bin/culvert "$root/usr/bin/culvert"
  cp examples/culvert.service "$root/usr/lib/systemd/system/"
  cp packaging/deb/config.json "$root/etc/culvert/"
  cp -r "$home/share/man/man1" "$root/usr/share/man/"
  gzip -n -9 "$root"/usr/share/man/man1/*
  cp "$home/share/completions/culvert.bash" "$root/usr/share/bash-completion/completions/culvert"
  cp "$home/share/completions/_culvert" "$root/usr/share/zsh/vendor-completions/"
  cp "$home/share/completions/culvert.fish" "$root/usr/share/fish/vendor_completions.d/"
  cp -r "$home/docs" "$home/examples" "$home/cluster.xml" "$home/licenses" "$root/usr/share/doc/culvert/"
  cp packaging/deb/copyright "$root/usr/share/doc/culvert/copyright"
  cp packaging/deb/lintian-overrides "$root/usr/share/lintian/overrides/culvert"
  {
    echo "culvert ($version) stable; urgency=medium"
    echo
    echo "  * Version $version; the history of the sources says what is new."
    echo
    echo " -- $maintainer  $(date -u -R -d "@$epoch")"
  } | gzip -n -9 >"$root/usr/share/doc/culvert/changelog.gz"
  cat >"$root/DEBIAN/control" <<CONTROL
Package: culvert
Version: $version
Architecture: amd64
Maintainer: $maintainer
Installed-Size: $(du -sk --apparent-size "$root" | cut -f1)
Depends: libc6 (>= 2.28), passwd
Section: net
Priority: optional
Description: proxy that speaks V2Ray's protocols and runs as a farm
 Culvert reads V2Ray's config.json and serves VMess, VLESS, SOCKS and HTTP
 over TCP, TLS, WebSocket, HTTP/2, gRPC, QUIC and mKCP. Many nodes make a farm:
 ingress, router and egress on machines of their own. It brings its own Java
 run-time. The service is installed and not started.
CONTROL
  echo /etc/culvert/config.json >"$root/DEBIAN/conffiles"
  for script in postinst prerm postrm; do
    install -m 755 "packaging/deb/$script" "$root/DEBIAN/$script"
  done
  (cd "$root" && find . -path ./DEBIAN -prune -o -type f -printf '%P\n' | LC_ALL=C sort | grep -v '^etc/' | xargs -d '\n' md5sum) \
    >"$work/md5sums"
  mv "$work/md5sums" "$root/DEBIAN/md5sums"
  settle "$root"
  chmod 755 "$root"/DEBIAN/{postinst,prerm,postrm}
  dpkg-deb --root-owner-group -Zxz -b "$root" "$dist/culvert_${version}_amd64.deb" >/dev/null
}
