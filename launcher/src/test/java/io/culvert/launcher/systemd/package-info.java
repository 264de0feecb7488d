@NullMarked
package io.culvert.launcher.systemd;

import org.jspecify.annotations.NullMarked;
