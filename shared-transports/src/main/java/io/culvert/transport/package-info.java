/** The two contracts of the data path: what makes channels, and what opens a destination. */
@NullMarked
package io.culvert.transport;

import org.jspecify.annotations.NullMarked;
