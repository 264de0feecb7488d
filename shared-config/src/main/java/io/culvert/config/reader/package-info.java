/** V2Ray JSON to records, with every fault reported at once. */
@NullMarked
package io.culvert.config.reader;

import org.jspecify.annotations.NullMarked;
