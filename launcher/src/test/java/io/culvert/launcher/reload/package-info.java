@NullMarked
package io.culvert.launcher.reload;

import org.jspecify.annotations.NullMarked;
