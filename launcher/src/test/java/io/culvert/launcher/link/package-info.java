@NullMarked
package io.culvert.launcher.link;

import org.jspecify.annotations.NullMarked;
