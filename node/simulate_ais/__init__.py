"""A receiver that can be had anywhere: serves AIS as a real one would, NMEA 0183 over TCP or UDP.

`table` reads the ships, `track` says where each is at a time, `fleet` what each sends and who misbehaves, `replay` plays a
recording as it is, `server` speaks to the clients. Ships of the recording only sail on; only invented ones (names DEMO…, an
MMSI country code that the ITU has not allocated) misbehave.
"""
