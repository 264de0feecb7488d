/** Files that must survive a loss of power. */
@NullMarked
package io.culvert.launcher.files;

import org.jspecify.annotations.NullMarked;
