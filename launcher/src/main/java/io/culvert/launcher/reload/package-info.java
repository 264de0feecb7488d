/** How a running node takes another configuration. */
@NullMarked
package io.culvert.launcher.reload;

import org.jspecify.annotations.NullMarked;
