"""Landing files to tables: feeds to sightings, footage to sightings and pictures, camera register and hot-lists."""
