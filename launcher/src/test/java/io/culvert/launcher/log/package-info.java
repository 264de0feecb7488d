@NullMarked
package io.culvert.launcher.log;

import org.jspecify.annotations.NullMarked;
