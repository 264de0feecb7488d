/** What the service manager of the system is told of the node. */
@NullMarked
package io.culvert.launcher.systemd;

import org.jspecify.annotations.NullMarked;
