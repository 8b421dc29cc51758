# SPDX-License-Identifier: Apache-2.0
# The account changes between two steps of a request; the tests make the change with SQL.
use strict;
use warnings;
use lib 't/lib';
use Site;
use Test::More;

my $site = Site->new(server => "AuthSMSLimit * off\nAuthSMSCode resend=0", children => 1)->start;

# /resend read the account before its number was changed and stored its code afterwards: the code
# was sent to the previous number.
my $person = Site::person();
my $id = $site->register($person)->{json}{id};
my $code = $site->code_of(Site::e164($person));
$site->sql(
          "UPDATE authsms_users SET mobile = '+447700900999', mobile_given = '07700 900999' WHERE "
        . "id = '$id'");
is $site->api("/user/$id/verify", { code => $code })->{json}{code}, 'invalid_code',
    'code sent to the previous number: invalid_code';
is $site->sql("SELECT verified, proved_at FROM authsms_users WHERE id = '$id'"), '0|0',
    'the account stays unverified';
is $site->register($person)->{status}, 201, 'registered again with the previous number: 201';
is $site->verify($person, $id)->{status}, 200, 'its code: 200';

# An account that was imported with a number that is none.
my $mute = Site::person();
$id = $site->register($mute)->{json}{id};
$site->sql("UPDATE authsms_users SET mobile = '', country = '' WHERE id = '$id'");
my $texts = () = $site->httpd->error_log =~ /SMS to/g;
my $failed = $site->api("/user/$id/resend", {});
is_deeply [@{ $failed->{json} }{qw(code id)}], ['sms_failed', $id],
    'number that is invalid: sms_failed';
is scalar(() = $site->httpd->error_log =~ /SMS to/g), $texts,
    'number that is invalid: no text is sent';
$site->stop;
done_testing;
