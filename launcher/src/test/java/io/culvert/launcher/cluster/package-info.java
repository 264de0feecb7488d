@NullMarked
package io.culvert.launcher.cluster;

import org.jspecify.annotations.NullMarked;
