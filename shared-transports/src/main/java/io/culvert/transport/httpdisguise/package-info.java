/** TCP with a header in front of each direction that looks like HTTP (wire-formats section 14.1). */
@NullMarked
package io.culvert.transport.httpdisguise;

import org.jspecify.annotations.NullMarked;
