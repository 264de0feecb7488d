@NullMarked
package io.culvert.launcher.cert;

import org.jspecify.annotations.NullMarked;
