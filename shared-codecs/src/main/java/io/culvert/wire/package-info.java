/** What the wire codecs share: decode results and address forms. */
@NullMarked
package io.culvert.wire;

import org.jspecify.annotations.NullMarked;
