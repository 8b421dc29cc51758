# SPDX-License-Identifier: Apache-2.0
# AuthSMSPasswordHash parallel= limits the concurrent password hashes of a child, across virtual
# hosts.
use strict;
use warnings;
use lib 't/lib';
use ParallelClients;
use Site;
use Test::More;

my @hosts = map { "host$_.test" } 1 .. 3;
my $site = Site->new(children => 1);
# One hash takes longer than half the wait for a place.
$site->httpd->{conf} =~ s/bcrypt cost=4/bcrypt cost=16 parallel=1/ or die;
$site->httpd->{conf} .= join '', map { "<VirtualHost *>\nServerName $_\n</VirtualHost>\n" } @hosts;
$site->start;

my @met = ParallelClients->start(
    map {
        my $host = $_;
        sub {
            $_[0]->(
                $site->api(
                    '/authenticate', { username => 'nobody', password => 'wrong' }, Host => $host
                )->{status}
            );
        }
    } @hosts
)->lines;
cmp_ok scalar(grep { $_ == 401 } @met), '>=', 1,
    'at least one login is checked: 401' or diag "@met";
cmp_ok scalar(grep { $_ == 503 } @met), '>=', 1,
    'at least one login waits too long: 503' or diag "@met";
$site->stop;
done_testing;
