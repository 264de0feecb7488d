/** Share links as clients import them. */
@NullMarked
package io.culvert.launcher.link;

import org.jspecify.annotations.NullMarked;
