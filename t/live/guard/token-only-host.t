# SPDX-License-Identifier: Apache-2.0
# A host that only checks tokens: a public key, no database, no mod_dbd.
use strict;
use warnings;
use lib 't/lib';
use Httpd;
use Client;
use Test::More;
use Token;

my $httpd = Httpd->new(without => ['dbd'], children => 1);
my $dir = $httpd->dir;
system(
          "openssl ecparam -genkey -name prime256v1 -noout -out $dir/ec.pem 2>/dev/null && openssl "
        . "ec -in $dir/ec.pem -pubout -out $dir/ec.pub 2>/dev/null") == 0
    or plan skip_all => 'no openssl';
$httpd->write("htdocs/$_/index.html", 'page') for qw(p admin verified);
$httpd->write(
    'cgi/env.cgi',
    "#!/bin/sh\nprintf 'Content-Type: text/plain\\r\\n\\r\\n'\nenv | sort\n", 0755
);
$httpd->{conf} = <<"END";
AuthSMSKey ES256 file:ec.pub
AuthSMSUserCheck off
ScriptAlias "/cgi" "$dir/cgi"
<Location />
AuthType JWT
AuthName all
Require valid-user
</Location>
<Location /admin>
Require authsms-claim role admin
</Location>
<Location /verified>
Require authsms-verified
</Location>
END
$httpd->start;
my $c = Client->new($httpd->port);

# ES256 by the command line: DER to the two numbers of JWS.
sub es256 {
    my ($claims) = @_;
    my $input = Token::encode('{"alg":"ES256"}') . '.' . Token::encode($claims);
    $httpd->write('input', $input);
    my $der = `openssl dgst -sha256 -sign '$dir/ec.pem' '$dir/input'`;
    my ($r, $s) = unpack 'x3 C/a x C/a', $der;
    return "$input." . Token::encode(join '', map { substr("\0" x 32 . $_, -32) } $r, $s);
}

my $exp = time + 600;
my $token = es256(qq({"sub":"svc:42","exp":$exp,"role":"user"}));
is $c->get('/p/')->{status}, 401, 'no token: 401';
is $c->get('/p/', Authorization => "Bearer $token")->{status}, 200, 'a valid token: 200';
is $c->get('/p/', Authorization => "Bearer $token")->{status}, 200, 'the same token again: 200';
is $c->get('/p/', Authorization => 'Bearer ' . es256(qq({"sub":"a","exp":1})))->{status}, 401,
    'an expired token: 401';
is $c->get('/p/', Authorization => 'Bearer ' . ($token =~ s/(.)$/$1 eq 'A' ? 'Q' : 'A'/er))
    ->{status}, 401, 'an altered token: 401';
is $c->get(
    '/p/',
    Authorization => 'Bearer '
        . Token::make(do { local (@ARGV, $/) = "$dir/ec.pub"; <> }, { sub => 'x', exp => $exp })
)->{status}, 401, 'the public key as an HMAC secret: 401';
is $c->get('/admin/', Authorization => "Bearer $token")->{status}, 401, 'without the role: 401';
is $c->get('/admin/', Authorization => 'Bearer ' . es256(qq({"sub":"a","exp":$exp,"role":"admin"})))
    ->{status}, 200, 'with the role: 200';
is $c->get('/verified/', Authorization => "Bearer $token")->{status}, 401,
    'authsms-verified without a database: 401';
like $c->get('/cgi/env.cgi', Authorization => "Bearer $token")->{body},
    qr/^AUTHSMS_ID=svc:42\n.*^REMOTE_USER=svc:42\n/ms, 'the identity is the token\'s';
$httpd->expect_log(qr/AH01631/);
$httpd->stop;
done_testing;
