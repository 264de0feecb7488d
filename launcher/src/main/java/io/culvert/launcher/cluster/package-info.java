/** What makes a node a member of a farm: its secrets, the guarded join, the protected event bus, and who else is there. */
@NullMarked
package io.culvert.launcher.cluster;

import org.jspecify.annotations.NullMarked;
